"""SAM templates into CloudFormation, by aws-sam-translator, offline.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/transform.html
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Mapping
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from harness.app.macros import EXTENSIONS, asked_transforms
from harness.app.problems import Problems
from harness.app.template import OF_SAM, Template, TemplateError
from harness.app.transformed import is_any_known, transformed
from harness.near import near

_SAM = "AWS::Serverless-2016-10-31"
_FUNCTION = "AWS::Serverless::Function"
_APPLICATION = "AWS::Serverless::Application"
_LOCAL = {
    _FUNCTION: "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
    "AWS::Serverless::GraphQLApi": "SchemaUri",
}
"""Properties that name a local file or folder, where SAM itself takes an address on S3."""

_SHOWN = ("Code", "Content", "BodyS3Location", "DefinitionS3Location", "DefinitionUri", "SchemaUri")
"""Properties of the resources that SAM makes which hold that address."""

_BUCKET = "harness-local"

_TOGGLES = "samtranslator.feature_toggle"
"""Warns of features that are switched off, about which a user can do nothing."""


def is_sam(template: Template) -> bool:
    """Does the template ask for the SAM transform?

    Raises `TemplateError` for other macros, and for types of SAM's in a template that doesn't ask for it.
    """
    names = asked_transforms(template.data)
    for name in names:
        if name not in (_SAM, EXTENSIONS):
            told = name.get("Name", name) if isinstance(name, dict) else name
            raise template.error("Transform", f"{told} is a macro, which runs on AWS only; deploy its result")
    if _SAM not in names:
        _expect_no_types_of_sam(template)
    return _SAM in names


def _expect_no_types_of_sam(template: Template) -> None:
    resources = template.data.get("Resources")
    for name, resource in resources.items() if isinstance(resources, dict) else ():
        kind = resource.get("Type") if isinstance(resource, dict) else None
        if isinstance(kind, str) and kind.startswith(OF_SAM):
            raise template.error(name, f"{kind} is a type of SAM's: add Transform: {_SAM} to the template")


def transform(template: Template, parameters: Mapping[str, Any], region: str) -> dict[str, Any]:
    """The CloudFormation template that SAM makes of it. Local code paths stay what they were.

    Raises `TemplateError`.
    """
    data = copy.deepcopy(dict(template.data))
    paths = _hide_local_paths(data)
    made = transformed(data, parameters, region, lambda: _translated(template, data, parameters, region))
    for logical_id, resource in made["Resources"].items():
        if not isinstance(resource.get("Type"), str):
            raise template.error(logical_id, "the SAM transform makes no resource from it")
    _show_local_paths(made, paths)
    return made


def load_if_needed() -> None:
    """Load the translator, which takes a while, unless what it makes is likely to be known."""
    if not is_any_known():
        import_module("samtranslator.translator.translator")


def _translated(
    template: Template, data: dict[str, Any], parameters: Mapping[str, Any], region: str
) -> dict[str, Any]:
    from samtranslator.metrics.metrics import DummyMetricsPublisher, Metrics
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    logging.getLogger(_TOGGLES).setLevel(logging.ERROR)
    metrics = Metrics("harness", DummyMetricsPublisher())
    try:
        translator = Translator(
            {}, Parser(), boto_session=SimpleNamespace(region_name=region), metrics=metrics
        )
        made: dict[str, Any] = translator.translate(data, dict(parameters))
    except InvalidDocumentException as problem:
        raise _told(template, problem) from None
    except Exception as problem:  # the translator checks little before it reaches for it
        raise TemplateError(template.path, "", f"the SAM transform fails: {problem!r:.300}") from problem
    finally:
        metrics.publish()
    return made


def names_as_written(template: Template, made: Mapping[str, Any]) -> dict[str, str]:
    """The layers, to whose logical ids SAM adds a digest of their content: {made: written}."""
    renamed = {}
    for written, resource in template.data["Resources"].items():
        if resource["Type"] != "AWS::Serverless::LayerVersion":
            continue
        name = re.compile(f"{written}[0-9a-f]{{10}}")
        renamed.update({id_: written for id_ in made["Resources"] if name.fullmatch(id_)})
    return renamed


def _hide_local_paths(data: dict[str, Any]) -> dict[str, Any]:
    """Swap local code paths for addresses on S3, which is all that SAM takes."""
    paths: dict[str, Any] = {}
    common = data.get("Globals") or {}
    defaults = common.get("Function")
    holders = [(defaults, "CodeUri")]
    for resource in data["Resources"].values():
        if resource["Type"] == _FUNCTION:
            common_properties = defaults if isinstance(defaults, dict) else {}
            _set_default_path(resource, common_properties)
            if context := _image_context(resource, common_properties):
                address = f"{_BUCKET}/{len(paths)}"
                paths[address] = context
                resource["Properties"]["ImageUri"] = address
        if resource["Type"] == _APPLICATION:
            _name_application(resource)
        if resource["Type"] in _LOCAL:
            holders.append((resource.get("Properties"), _LOCAL[resource["Type"]]))
    for properties, name in holders:
        if isinstance(properties, dict) and _is_local(properties.get(name)):
            address = f"s3://{_BUCKET}/{len(paths)}"
            paths[address] = properties[name]
            properties[name] = address
    return paths


def _name_application(resource: dict[str, Any]) -> None:
    """The repository of applications lies on AWS, where the translator would ask it; nothing is asked."""
    properties = resource.get("Properties")
    location = properties.get("Location") if isinstance(properties, dict) else None
    if isinstance(properties, dict) and isinstance(location, dict) and "ApplicationId" in location:
        named = location["ApplicationId"]
        properties["Location"] = named if isinstance(named, str) else f"arn:aws:serverlessrepo:: {named}"


def _set_default_path(function: dict[str, Any], defaults: Mapping[str, Any]) -> None:
    """Code that isn't named lies beside the template, as `sam build` has it."""
    properties = function.get("Properties")
    if isinstance(properties, dict):
        both = {**defaults, **properties}
        if both.get("PackageType") != "Image" and not {"CodeUri", "InlineCode", "ImageUri"} & set(both):
            properties["CodeUri"] = "."


def _image_context(function: dict[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The folder that `sam build` makes an image of, and the file in it; empty where there is none."""
    properties, metadata = function.get("Properties"), function.get("Metadata")
    if not isinstance(properties, dict) or not isinstance(metadata, dict):
        return {}
    both = {**defaults, **properties}
    if both.get("PackageType") != "Image" or "ImageUri" in both or "DockerContext" not in metadata:
        return {}
    return {name: metadata[name] for name in ("DockerContext", "Dockerfile") if name in metadata}


def _is_local(value: Any) -> bool:
    return isinstance(value, str) and not value.startswith(("s3://", "https://"))


def _show_local_paths(made: dict[str, Any], paths: Mapping[str, Any]) -> None:
    for resource in made["Resources"].values():
        properties = resource.get("Properties") or {}
        for name in _SHOWN:
            given = properties.get(name)
            if isinstance(given, dict) and _BUCKET in (given.get("S3Bucket"), given.get("Bucket")):
                properties[name] = paths[f"s3://{_BUCKET}/{given.get('S3Key') or given['Key']}"]
            elif isinstance(given, str) and given in paths:
                properties[name] = paths[given]
            elif (
                isinstance(given, dict) and isinstance(image := given.get("ImageUri"), str) and image in paths
            ):
                properties[name] = paths[image]


_OF_RESOURCE = re.compile(r"Resource with id \[(\w+)\] is invalid\. (.*)", re.S)
_OF_GLOBALS = re.compile(r"'Globals' section is invalid\. (?P<why>.*)", re.S)
_UNKNOWN = re.compile(
    r"'(?P<name>.*)' is not (?:supported|a supported property of '(?P<kind>\w+)')\. "
    r"Must be one of the following values - (?P<known>.*)",
    re.S,
)


def _told(template: Template, problem: Any) -> TemplateError:
    """SAM's errors, each with its resource, or its place in Globals."""
    problems = Problems(template.path)
    for cause in problem.causes:
        with problems.noted():
            raise _one_told(template, str(cause.message))
    try:
        problems.tell()
    except TemplateError as told:
        return told
    return TemplateError(template.path, "", "the SAM transform refuses it and doesn't say why")


def _one_told(template: Template, message: str) -> TemplateError:
    if found := _OF_RESOURCE.fullmatch(message):
        return template.error(found[1], found[2].strip())
    if found := _OF_GLOBALS.fullmatch(message):
        unknown = _UNKNOWN.fullmatch(found["why"])
        if unknown is None:
            return template.error("Globals", found["why"])
        name, kind, known = unknown["name"], unknown["kind"], re.findall(r"'(\w+)'", unknown["known"])
        where, what = (f"Globals.{kind}", "property") if kind else ("Globals", "type of resource")
        return template.error(where, f"Globals take no {what} {name!r}{near(name, known)}", name)
    return TemplateError(template.path, "", message)
