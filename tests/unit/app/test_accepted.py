"""Types that nothing here acts on are accepted by AWS's schema; their values have the form of AWS's."""

import json
import re

import pytest

from harness import Simulator, TemplateError
from harness.app.resources import TYPES, type_of
from harness.app.resources.accepted import accepted, accepted_types
from harness.cloud import Unsupported
from tests.unit.app.clouds import NotingCloud, template_of

NETWORK = {
    "Net": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "Users": {"Type": "AWS::Cognito::UserPool"},
    "Db": {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "postgres"}},
    "Site": {"Type": "AWS::Route53::RecordSet", "Properties": {"Name": "shop.example", "Type": "A"}},
    "Machine": {"Type": "AWS::SageMaker::Model"},
    "Door": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcId": {"Ref": "Net"}}},
}


@pytest.fixture
def deployed(tmp_path):
    from harness.app.deployment import deploy

    def deployed(resources, cloud=None, **sections):
        path = tmp_path / "template.json"
        path.write_text(template_of(resources, **sections))
        return deploy(cloud or NotingCloud(), path, name="shop")

    return deployed


def test_a_resource_of_any_type_of_aws_is_accepted_and_said_to_have_no_effect(deployed):
    app = deployed(NETWORK)
    assert set(app.resources) == set(NETWORK)
    told = {found.logical_id: found.why for found in app.without_effect}
    assert "nothing here acts on this type" in told["Users"]


@pytest.mark.parametrize(
    ("asked", "form"),
    [
        ({"Ref": "Net"}, r"vpc-[0-9a-f]{17}"),
        ({"Fn::GetAtt": ["Net", "VpcId"]}, r"vpc-[0-9a-f]{17}"),
        ({"Fn::GetAtt": ["Net", "CidrBlock"]}, r"10\.0\.0\.0/16"),
        ({"Fn::GetAtt": ["Users", "Arn"]}, r"arn:aws:cognito:eu-west-1:123456789012:userpool/shop-Users"),
        ({"Fn::GetAtt": ["Users", "ProviderURL"]}, r"https://shop-users\.cognito\.eu-west-1\.amazonaws\.com"),
        ({"Ref": "Db"}, r"shop-Db"),
        ({"Fn::GetAtt": ["Db", "Endpoint.Address"]}, r"shop-db\.rds\.eu-west-1\.amazonaws\.com"),
        ({"Fn::GetAtt": ["Db", "Endpoint.Port"]}, r"443"),
        ({"Ref": "Site"}, r"shop\.example"),
        (
            {
                "Fn::Select": [
                    1,
                    {"Fn::Split": [":", {"Fn::Select": [0, {"Fn::GetAtt": ["Door", "DnsEntries"]}]}]},
                ]
            },
            r"shop-door\.ec2\.eu-west-1\.amazonaws\.com",
        ),
        (
            {
                "Fn::Select": [
                    1,
                    {"Fn::Cidr": [{"Fn::Select": [0, {"Fn::GetAtt": ["Net", "Ipv6CidrBlocks"]}]}, 2, 64]},
                ]
            },
            r"2001:db8:0:1::/64",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else json.dumps(value),
)
def test_ref_and_getatt_have_the_form_that_their_names_promise(deployed, asked, form):
    app = deployed(NETWORK, Outputs={"Asked": {"Value": asked}})
    assert re.fullmatch(form, app.outputs["Asked"])


def test_a_type_that_is_only_a_name_has_all_its_attributes(deployed):
    domain = {
        "Type": "AWS::ApiGateway::DomainName",
        "Properties": {
            "DomainName": "shop.example",
            "RegionalCertificateArn": "arn:aws:acm:eu-west-1:1:certificate/c",
        },
    }
    alias = {
        "DNSName": {"Fn::GetAtt": ["Domain", "RegionalDomainName"]},
        "HostedZoneId": {"Fn::GetAtt": ["Domain", "RegionalHostedZoneId"]},
    }
    record = {
        "Type": "AWS::Route53::RecordSet",
        "Properties": {"Name": "shop", "Type": "A", "AliasTarget": alias},
    }
    app = deployed({"Domain": domain, "Record": record}, Outputs={"Zone": {"Value": alias["HostedZoneId"]}})
    assert app.outputs["Zone"].startswith("regionalhostedzone-")
    with pytest.raises(
        TemplateError, match=r"Domain has no attribute 'Host'; it has: .*DistributionDomainName"
    ):
        deployed({"Domain": domain}, Outputs={"Host": {"Value": {"Fn::GetAtt": ["Domain", "Host"]}}})


@pytest.mark.parametrize("kind", sorted(set(TYPES) & accepted_types()))
def test_every_property_of_aws_s_schema_is_known(kind):
    ours, schema = TYPES[kind], accepted(kind)
    known = ours.properties | ours.without_effect | ours.unsupported.keys()
    assert ours.note or ours.open or schema.properties <= known


def test_an_attribute_that_the_type_has_not_is_told_with_those_that_it_has(deployed):
    with pytest.raises(TemplateError, match=r"Users has no attribute 'Name'; it has: .*ProviderName"):
        deployed(NETWORK, Outputs={"Asked": {"Value": {"Fn::GetAtt": ["Users", "Name"]}}})


def test_a_misspelt_property_and_a_missing_one_are_told_at_once(deployed):
    resources = {
        "Net": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlok": "10.0.0.0/16"}},
        "Part": {"Type": "AWS::EC2::Subnet"},
    }
    with pytest.raises(TemplateError) as told:
        deployed(resources)
    assert "Net: AWS::EC2::VPC has no property 'CidrBlok'; did you mean 'CidrBlock'?" in str(told.value)
    assert "Part: AWS::EC2::Subnet needs VpcId" in str(told.value)


def test_two_resources_of_a_type_have_values_of_their_own(deployed):
    resources = {name: {"Type": "AWS::EC2::VPC"} for name in ("Net", "Other")}
    app = deployed(resources)
    assert app.physical_id("Net") != app.physical_id("Other")


@pytest.mark.parametrize(
    ("service", "method", "arguments", "named"),
    [
        ("cognito-idp", "list_users", lambda app: {"UserPoolId": app.physical_id("Users")}, "Users"),
        ("ec2", "describe_vpcs", lambda app: {"VpcIds": [app.physical_id("Net")]}, "Net"),
        ("rds", "start_db_instance", lambda app: {"DBInstanceIdentifier": app.physical_id("Db")}, "Db"),
    ],
    ids=["cognito-idp", "ec2", "rds"],
)
def test_a_call_about_it_is_refused_by_its_name(deployed, service, method, arguments, named):
    with Simulator() as cloud:
        app = deployed(NETWORK, cloud)
        with pytest.raises(Unsupported, match=rf"{named} \(AWS::\w+::\w+\) was accepted without effect"):
            getattr(app.client(service), method)(**arguments(app))


def test_a_call_that_only_stores_its_name_is_answered(deployed):
    with Simulator() as cloud:
        app = deployed(NETWORK, cloud)
        ssm = app.client("ssm")
        ssm.put_parameter(Name="net", Type="String", Value=app.physical_id("Net"))
        assert ssm.get_parameter(Name="net")["Parameter"]["Value"] == app.physical_id("Net")


def test_a_type_that_has_an_effect_here_is_never_taken_from_the_schema():
    assert all(type_of(kind) is TYPES[kind] for kind in TYPES)


def test_a_type_of_others_is_no_type_of_the_schema():
    assert type_of("Acme::Shop::Window") is None


FROM_KAFKA = {
    "Cluster": {
        "Type": "AWS::MSK::ServerlessCluster",
        "Properties": {"ClusterName": "c", "ClientAuthentication": {}, "VpcConfigs": []},
    },
    "Work": {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Handler": "index.handler",
            "Runtime": "python3.13",
            "InlineCode": "def handler(event, context): return len(event['records'])",
            "Events": {
                "Orders": {
                    "Type": "MSK",
                    "Properties": {
                        "StartingPosition": "LATEST",
                        "Stream": {"Ref": "Cluster"},
                        "Topics": ["orders"],
                    },
                }
            },
        },
    },
    "Pipe": {
        "Type": "AWS::Pipes::Pipe",
        "Properties": {
            "RoleArn": "arn:aws:iam::123456789012:role/r",
            "Source": {"Ref": "Cluster"},
            "SourceParameters": {"ManagedStreamingKafkaParameters": {"TopicName": "orders"}},
            "Target": {"Fn::GetAtt": ["Work", "Arn"]},
        },
    },
}


def test_what_takes_from_a_service_that_is_not_here_is_accepted_without_effect(deployed):
    with Simulator() as cloud:
        app = deployed(FROM_KAFKA, cloud, Transform="AWS::Serverless-2016-10-31")
        assert app.function("Work").invoke({"records": {"orders-0": []}}) == 1
    told = {found.logical_id: found.why for found in app.without_effect}
    assert told["Pipe"] == "nothing here is what it takes from (Kafka, MQ); invoke its target with an event"
    assert told["WorkOrders"].startswith("nothing here is what it polls (Kafka, MQ, DocumentDB)")
