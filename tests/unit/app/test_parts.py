"""The folders that tools put apps into: the CDK's, sam build's, the Serverless Framework's."""

import json
import zipfile

import pytest

from harness import Simulator, TemplateError
from harness.app.deployment import deploy
from tests.unit.app.clouds import NotingCloud

CODE = "def handler(event, context):\n    return 'hi'\n"
BUCKET = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"


@pytest.fixture
def cloud():
    with Simulator() as cloud:
        yield cloud


def construct(path, kind, **properties):
    return {"Type": kind, "Properties": properties, "Metadata": {"aws:cdk:path": path}}


def function(path, key):
    return construct(
        path,
        "AWS::Lambda::Function",
        Runtime="python3.13",
        Handler="app.handler",
        Role="arn:aws:iam::123456789012:role/r",
        Code={"S3Bucket": {"Fn::Sub": BUCKET}, "S3Key": key},
    )


def stack(folder, name, resources, *, needs=(), assets=None, shown=None, **sections):
    """Write a stack's template and asset manifest; gives its artifacts in the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.template.json").write_text(json.dumps({"Resources": resources, **sections}))
    files = {
        key: {"source": {"path": path}, "destinations": {"here": {"bucketName": BUCKET, "objectKey": key}}}
        for key, path in (assets or {}).items()
    }
    (folder / f"{name}.assets.json").write_text(json.dumps({"version": "1", "files": files}))
    return {
        f"{name}.assets": {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json"}},
        name: {
            "type": "aws:cloudformation:stack",
            "properties": {
                "templateFile": f"{name}.template.json",
                "stackName": (shown or name).replace("/", "-"),
            },
            "dependencies": [*needs, f"{name}.assets"],
            "displayName": shown or name,
        },
    }


def manifest(folder, *artifacts):
    found = {name: artifact for given in artifacts for name, artifact in given.items()}
    (folder / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": found}))
    return folder


def code_in(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "app.py").write_text(CODE)


@pytest.fixture
def one_stack(tmp_path):
    out = tmp_path / "shop" / "cdk.out"
    code_in(out / "asset.abc")
    resources = {
        "Work8A7F": construct("Shop/Work/Resource", "AWS::SQS::Queue"),
        "Bill1C2D": function("Shop/Bill/Resource", "abc.zip"),
        "CDKMetadata": construct("Shop/CDKMetadata/Default", "AWS::CDK::Metadata", Analytics="v2"),
    }
    return manifest(out, stack(out, "Shop", resources, assets={"abc.zip": "asset.abc"}))


def test_cdk_out_is_deployed_with_its_assets(one_stack, cloud):
    app = cloud.deploy(one_stack)
    assert app.function("Bill").invoke() == "hi"
    assert app.name == "Shop"


def test_one_template_of_it_finds_its_assets_too(one_stack, cloud):
    app = cloud.deploy(one_stack / "Shop.template.json")
    assert app.function("Bill").invoke() == "hi"


def test_a_construct_goes_by_its_path_and_by_its_logical_id(one_stack, cloud):
    app = cloud.deploy(one_stack)
    app.queue("Work").send("hi")
    assert app.queue("Work8A7F").depth() == 1
    assert app.history().of("accepted")[0].subject == "Work"
    assert app.arn("Work") == app.arn("Work8A7F")


def test_constructs_of_one_path_keep_their_logical_ids(tmp_path):
    resources = {
        "WorkA": construct("Shop/Work/Resource", "AWS::SQS::Queue"),
        "WorkB": construct("Shop/Work/Default", "AWS::SQS::Queue"),
    }
    app = deploy(NotingCloud(), manifest(tmp_path, stack(tmp_path, "Shop", resources)))
    assert list(app.types) == ["WorkA", "WorkB"]


@pytest.fixture
def several_stacks(tmp_path):
    out = tmp_path / "cdk.out"
    queue = {"Work1": construct("Shared/Work/Resource", "AWS::SQS::Queue")}
    arn = {"Value": {"Fn::GetAtt": ["Work1", "Arn"]}, "Export": {"Name": "Shared:Work"}}
    rule = construct(
        "Shop/Copy/Resource",
        "AWS::SSM::Parameter",
        Type="String",
        Name="copy",
        Value={"Fn::ImportValue": "Shared:Work"},
    )
    inner = {"Work2": construct("Prod/Shop/Work/Resource", "AWS::SQS::Queue")}
    nested = manifest_of_stage(out / "assembly-Prod", inner)
    return manifest(
        out,
        stack(out, "Shop", {"Copy1": rule}, needs=["Shared"]),
        stack(out, "Shared", queue, Outputs={"Arn": arn}),
        nested,
    )


def manifest_of_stage(folder, resources):
    manifest_folder = folder
    artifacts = stack(folder, "ProdShop77", resources, shown="Prod/Shop")
    manifest(manifest_folder, artifacts)
    return {"assembly-Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": folder.name}}}


def test_stacks_come_after_those_they_depend_on_and_nested_assemblies_count(several_stacks, cloud):
    app = cloud.deploy(several_stacks)
    assert list(app.types) == ["Shared.Work", "Shop.Copy", "Prod-Shop.Work"]
    value = app.client("ssm").get_parameter(Name="copy")["Parameter"]["Value"]
    assert value == app.arn("Shared.Work") == app.arn("Shared.Work1")
    assert app.queue("Prod-Shop.Work").physical_id.endswith("/Prod-Shop-Work2")


def test_an_assembly_in_an_assembly_can_be_deployed_alone(several_stacks, cloud):
    app = cloud.deploy(several_stacks / "assembly-Prod")
    assert list(app.types) == ["Work"]


def test_the_names_of_several_stacks_begin_with_the_name_that_is_given(several_stacks, cloud):
    app = cloud.deploy(several_stacks, name="t")
    assert app.queue("Shared.Work").physical_id.endswith("/t-Shared-Work1")


def test_a_stack_in_a_stack_is_found_among_the_assets(tmp_path, cloud):
    inner = {"Work3": construct("Shop/Inner/Work/Resource", "AWS::SQS::Queue")}
    (tmp_path / "Inner.nested.template.json").write_text(json.dumps({"Resources": inner}))
    address = {"Fn::Sub": f"https://s3.${{AWS::Region}}.amazonaws.com/{BUCKET}/def.json"}
    nested = construct(
        "Shop/Inner.NestedStack/Inner.NestedStackResource", "AWS::CloudFormation::Stack", TemplateURL=address
    )
    artifacts = stack(tmp_path, "Shop", {"Inner9": nested}, assets={"def.json": "Inner.nested.template.json"})
    app = cloud.deploy(manifest(tmp_path, artifacts))
    assert list(app.types) == ["Inner.Work", "Inner"]


def test_stacks_that_depend_on_each_other_are_told(tmp_path):
    queue = {"Q": {"Type": "AWS::SQS::Queue"}}
    one, other = stack(tmp_path, "A", queue, needs=["B"]), stack(tmp_path, "B", queue, needs=["A"])
    with pytest.raises(
        TemplateError, match=r"manifest\.json: its stacks depend on each other: A → B → A|B → A → B"
    ):
        deploy(NotingCloud(), manifest(tmp_path, one, other))


def test_problems_of_several_stacks_are_told_at_once(tmp_path):
    odd = {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"Delay": 1}}}
    artifacts = stack(tmp_path, "A", odd), stack(tmp_path, "B", odd)
    with pytest.raises(TemplateError) as error:
        deploy(NotingCloud(), manifest(tmp_path, *artifacts))
    assert str(error.value).startswith(f"{tmp_path}: 2 problems:")
    assert str(error.value).count("has no property 'Delay'") == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [("[", "manifest.json: not JSON"), ("[]", "deploy takes at least one template")],
    ids=["no JSON", "no stacks"],
)
def test_a_manifest_of_the_wrong_form_is_told(tmp_path, text, told):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(TemplateError, match=told):
        deploy(NotingCloud(), tmp_path)


def test_an_assembly_in_itself_is_told(tmp_path):
    itself = {"Again": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}}
    with pytest.raises(TemplateError, match=r"manifest\.json: this cloud assembly contains itself"):
        deploy(NotingCloud(), manifest(tmp_path, itself))


def test_a_folder_without_a_template_is_told(tmp_path):
    with pytest.raises(
        TemplateError, match=r"no template in this folder: expected manifest\.json or template\.yaml"
    ):
        deploy(NotingCloud(), tmp_path)


def test_what_sam_build_makes_is_deployed_by_its_folder(tmp_path, cloud):
    build = tmp_path / "shop" / ".aws-sam" / "build"
    code_in(build / "Bill")
    (build / "template.yaml").write_text(
        """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Bill:
            Type: AWS::Serverless::Function
            Properties: {Runtime: python3.13, Handler: app.handler, CodeUri: Bill}
            Metadata: {SamResourceId: Bill}
        """
    )
    app = cloud.deploy(build)
    assert app.function("Bill").invoke() == "hi"
    assert app.name == "shop"


def test_what_the_serverless_framework_packages_is_deployed_with_its_artifact(tmp_path, cloud):
    folder = tmp_path / "shop" / ".serverless"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "shop.zip", "w") as archive:
        archive.writestr("app.py", CODE)
    bucket = {"Ref": "ServerlessDeploymentBucket"}
    bill = function("", "serverless/shop/dev/1764000000000-2025-11-24T16:00:00.000Z/shop.zip")
    bill["Properties"]["Code"]["S3Bucket"] = bucket
    resources = {"ServerlessDeploymentBucket": {"Type": "AWS::S3::Bucket"}, "BillLambdaFunction": bill}
    template = folder / "cloudformation-template-update-stack.json"
    template.write_text(json.dumps({"Resources": resources}))
    for path in (template, folder):
        app = cloud.deploy(path, name=f"from-{path.name[:5]}")
        assert app.function("BillLambdaFunction").invoke() == "hi"


def test_code_on_s3_that_lies_nowhere_here_is_told(tmp_path):
    artifacts = stack(tmp_path, "Shop", {"F": function("Shop/F/Resource", "gone.zip")})
    with pytest.raises(
        TemplateError, match=r"F: its code is on S3 \(s3://cdk-hnb659fds-assets-.*gone\.zip\)"
    ):
        deploy(NotingCloud(), manifest(tmp_path, artifacts))
