"""Lambda: functions, versions, aliases, layers, event source mappings, asynchronous invocation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.app.intrinsics import Created
from harness.app.resources.code import check_handler, function_code, layer_content
from harness.app.resources.custom import in_python
from harness.app.resources.images import of_folder
from harness.app.resources.resource_type import Making, ResourceType, named_only, properties, tags_of
from harness.app.resources.shapes import text
from harness.aws.rules.http.model import url_arn
from harness.cloud import HasRuntimes, RunsDurably, ServesHttp, follows, lacks

_FUNCTION = properties(
    "Architectures DeadLetterConfig Description DurableConfig Environment EphemeralStorage Handler Layers "
    "LoggingConfig MemorySize PackageType Runtime TenancyConfig Timeout"
)
_MAPPING = properties(
    "BatchSize BisectBatchOnFunctionError DestinationConfig Enabled EventSourceArn FilterCriteria "
    "FunctionName FunctionResponseTypes MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds "
    "MaximumRetryAttempts ParallelizationFactor ScalingConfig StartingPosition "
    "StartingPositionTimestamp TumblingWindowInSeconds"
)
_FOREIGN = properties(
    "AmazonManagedKafkaEventSourceConfig DocumentDBEventSourceConfig Queues SelfManagedEventSource "
    "SelfManagedKafkaEventSourceConfig Topics"
)
"""Properties of mappings for sources that aren't here."""

_INVOKE_CONFIG = properties(
    "DestinationConfig FunctionName MaximumEventAgeInSeconds MaximumRetryAttempts Qualifier"
)
_VERSION = properties("Description FunctionName")
_ALIAS = properties("Description FunctionName FunctionVersion Name")
_OF_FUNCTION = properties("FunctionName")
_URL = properties("AuthType Cors InvokeMode Qualifier")
_LAYER = properties("CompatibleArchitectures CompatibleRuntimes Description LicenseInfo")
_PERMISSION = properties(
    "Action EventSourceToken FunctionName FunctionUrlAuthType InvokedViaFunctionUrl Principal PrincipalOrgID "
    "SourceAccount SourceArn"
)


def create_function(making: Making) -> Created:
    cloud = making.cloud
    has_runtimes = follows(cloud, HasRuntimes)
    if has_runtimes and (properties := in_python(making.properties)) is not making.properties:
        making = replace(making, properties=properties)
    making = of_folder(making)
    runtime = text(making.get("Runtime", ""))
    if runtime and follows(cloud, HasRuntimes):
        cloud.check_runs(runtime)
    if making.get("DurableConfig") is not None and not isinstance(making.cloud, RunsDurably):
        raise lacks(making.cloud, f"{making.logical_id}: durable functions", "the simulator runs them")
    if making.get("TenancyConfig") is not None and not has_runtimes:
        raise lacks(making.cloud, f"{making.logical_id}: functions for tenants", "the simulator runs them")
    code = function_code(making, making.need("Code"), runtime)
    check_handler(making, runtime)
    name = making.name("FunctionName", limit=64)
    arn = making.call(
        "lambda",
        "create_function",
        FunctionName=name,
        Role=making.role(making.get("Role")),
        Code=code,
        Tags=tags_of(making),
        **making.given(_FUNCTION),
    )["FunctionArn"]
    reserved = making.get("ReservedConcurrentExecutions")
    if reserved is not None:
        making.call(
            "lambda", "put_function_concurrency", FunctionName=name, ReservedConcurrentExecutions=reserved
        )
    loops = making.get("RecursiveLoop")
    if loops is not None:
        making.call("lambda", "put_function_recursion_config", FunctionName=name, RecursiveLoop=loops)
    making.named(arn, name)
    return Created(name, {"Arn": arn})


def polls_what_is_not_here(properties: Mapping[str, Any]) -> str:
    """Why a mapping has no effect; "" if it has."""
    if not _FOREIGN & properties.keys():
        return ""
    return "nothing here is what it polls (Kafka, MQ, DocumentDB); invoke the function with an event"


def create_mapping(making: Making) -> Created:
    if polls_what_is_not_here(making.properties):
        return named_only("lambda", "event-source-mapping:", "")(making)
    made = making.call("lambda", "create_event_source_mapping", **making.given(_MAPPING))
    return Created(made["UUID"], {"Id": made["UUID"], "EventSourceMappingArn": _arn_of(making, made["UUID"])})


def create_invoke_config(making: Making) -> Created:
    making.call("lambda", "put_function_event_invoke_config", **making.given(_INVOKE_CONFIG))
    return Created(making.logical_id)


def create_version(making: Making) -> Created:
    made = making.call("lambda", "publish_version", **making.given(_VERSION))
    arn = made["FunctionArn"]
    return Created(arn, {"FunctionArn": arn, "Version": made["Version"]})


def create_alias(making: Making) -> Created:
    arguments = making.given(_ALIAS)
    routing = making.get("RoutingConfig")
    if routing:
        weights = routing.get("AdditionalVersionWeights") or []
        arguments["RoutingConfig"] = {
            "AdditionalVersionWeights": {
                text(each["FunctionVersion"]): float(each["FunctionWeight"]) for each in weights
            }
        }
    arn = making.call("lambda", "create_alias", **arguments)["AliasArn"]
    return Created(arn, {"AliasArn": arn})


def create_layer(making: Making) -> Created:
    name = making.name("LayerName", limit=140)
    content = layer_content(making, making.need("Content"))
    made = making.call(
        "lambda", "publish_layer_version", LayerName=name, Content=content, **making.given(_LAYER)
    )
    arn = made["LayerVersionArn"]
    making.named(arn)
    return Created(arn, {"LayerVersionArn": arn})


def create_permission(making: Making) -> Created:
    arguments = making.given(_PERMISSION)
    making.call("lambda", "add_permission", StatementId=making.logical_id, **arguments)
    return Created(making.logical_id, {"Id": making.logical_id})


def create_url(making: Making) -> Created:
    function = making.need("TargetFunctionArn")
    made = making.call("lambda", "create_function_url_config", FunctionName=function, **making.given(_URL))
    if isinstance(making.cloud, ServesHttp):
        making.named(url_arn(made["FunctionArn"]))
    return Created(
        made["FunctionArn"], {"FunctionArn": made["FunctionArn"], "FunctionUrl": made["FunctionUrl"]}
    )


def _arn_of(making: Making, mapping: str) -> str:
    return making.arn("lambda", f"event-source-mapping:{mapping}")


TYPES = {
    "AWS::Lambda::Function": ResourceType(
        create_function,
        _FUNCTION | properties("Code FunctionName RecursiveLoop ReservedConcurrentExecutions Role Tags"),
        properties(
            "CapacityProviderConfig CodeSigningConfigArn FileSystemConfigs FunctionScalingConfig ImageConfig "
            "KmsKeyArn PublishToLatestPublished RuntimeManagementConfig SnapStart TracingConfig VpcConfig"
        ),
    ),
    "AWS::Lambda::EventSourceMapping": ResourceType(
        create_mapping,
        _MAPPING | _FOREIGN,
        properties(
            "KmsKeyArn LoggingConfig MetricsConfig ProvisionedPollerConfig SourceAccessConfigurations Tags"
        ),
        idle=polls_what_is_not_here,
        part_of=properties("EventSourceArn FunctionName"),
    ),
    "AWS::Lambda::EventInvokeConfig": ResourceType(
        create_invoke_config, _INVOKE_CONFIG, part_of=_OF_FUNCTION
    ),
    "AWS::Lambda::Version": ResourceType(
        create_version,
        _VERSION,
        properties("CodeSha256 FunctionScalingConfig ProvisionedConcurrencyConfig RuntimePolicy"),
        part_of=_OF_FUNCTION,
    ),
    "AWS::Lambda::Alias": ResourceType(
        create_alias,
        _ALIAS | {"RoutingConfig"},
        properties("ProvisionedConcurrencyConfig"),
        part_of=_OF_FUNCTION,
    ),
    "AWS::Lambda::LayerVersion": ResourceType(create_layer, _LAYER | properties("Content LayerName")),
    "AWS::Lambda::Permission": ResourceType(
        create_permission,
        _PERMISSION,
        note="permissions of functions are not evaluated",
        part_of=_OF_FUNCTION,
    ),
    "AWS::Lambda::Url": ResourceType(
        create_url,
        _URL | {"TargetFunctionArn"},
        part_of=properties("TargetFunctionArn"),
    ),
    "AWS::Lambda::LayerVersionPermission": ResourceType(
        named_only("lambda", "layer:", "Id"), note="permissions of layers are not evaluated"
    ),
}
