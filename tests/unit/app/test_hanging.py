"""Leaving something out leaves out what hangs on it."""

import textwrap

import pytest

from harness import Simulator, TemplateError

SHOP = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {Type: AWS::SNS::Topic}
  Work: {Type: AWS::SQS::Queue}
  Other: {Type: AWS::SQS::Queue}
  ToWork:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Orders, Protocol: sqs, Endpoint: !GetAtt Work.Arn}
  MaySend:
    Type: AWS::SQS::QueuePolicy
    Properties: {Queues: [!Ref Work, !Ref Other], PolicyDocument: {Statement: []}}
  WorkOnly:
    Type: AWS::SQS::QueuePolicy
    Properties: {Queues: [!Ref Work], PolicyDocument: {Statement: []}}
  Bill:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: "def handler(event, context): return __import__('os').environ['ABOUT']"
      Environment:
        Variables:
          ABOUT: !Sub "${Work} ${Rest}"
      Events:
        Work: {Type: SQS, Properties: {Queue: !GetAtt Work.Arn}}
        Get: {Type: Api, Properties: {Path: /, Method: get, RestApiId: !Ref Rest}}
  Rest: {Type: AWS::Serverless::Api, Properties: {StageName: prod}}
  Domain:
    Type: AWS::ApiGateway::BasePathMapping
    Properties: {RestApiId: !Ref Rest}
Outputs:
  Name: {Value: !Select [2, !Split ["/", !GetAtt Rest.RootResourceId]]}
  Url: {Value: !Sub "https://${Rest}.example.com"}
"""


@pytest.fixture
def deploy(tmp_path):
    """Deploys the shop, and gives what was made of it while the cloud is there."""

    def deploy(*ignore, text=SHOP, look=lambda app: app):
        (tmp_path / "template.yaml").write_text(textwrap.dedent(text))
        with Simulator() as cloud:
            return look(cloud.deploy(tmp_path / "template.yaml", ignore=ignore, name="shop"))

    return deploy


def reasons(app):
    return {found.logical_id: found.why for found in app.without_effect}


def test_an_api_is_left_out_by_the_type_that_was_written_with_all_that_is_made_of_it(deploy):
    app = deploy("AWS::Serverless::Api")
    assert {"Bill", "Work", "Orders", "ToWork"} <= set(app.resources)
    assert [name for name in app.resources if "Rest" in name or name == "Domain"] == []
    assert reasons(app)["Domain"] == "left out, as it hangs on Rest"
    assert reasons(app)["RestprodStage"].startswith("left out, as it hangs on Rest")


def test_what_only_mentions_it_stays_and_gets_a_made_up_name(deploy):
    app, answer = deploy("Rest", look=lambda app: (app, app.function("Bill").invoke()))
    assert answer == f"{app.resources['Work'].ref} shop-Rest"


def test_outputs_that_select_from_it_are_made_up_too(deploy):
    app = deploy("Rest")
    assert app.outputs == {"Name": "shop-Rest", "Url": "https://shop-Rest.example.com"}


def test_a_queue_goes_with_its_subscription_mapping_and_policy(deploy):
    app = deploy("Work", "Rest")
    assert reasons(app)["ToWork"] == "left out, as it hangs on Work"
    assert reasons(app)["BillWork"] == "left out, as it hangs on Work"
    assert reasons(app)["WorkOnly"] == "left out, as it hangs on Work"
    assert "MaySend" in app.resources, "it is the policy of another queue, too"


def test_what_hangs_on_what_hangs_goes_as_well(deploy):
    text = """
        Resources:
          Net: {Type: AWS::EC2::VPC}
          Part: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Net}}
          Way: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref Part}}
          Work: {Type: AWS::SQS::Queue}
        """
    app = deploy("Net", text=text)
    assert list(app.resources) == ["Work"]
    assert reasons(app)["Way"] == "left out, as it hangs on Part"


def test_what_is_unknown_and_hangs_on_nothing_is_still_an_error(deploy):
    text = """
        Resources:
          Net: {Type: AWS::EC2::VPC}
          Fleet: {Type: Acme::Shop::Fleet}
        """
    with pytest.raises(TemplateError, match=r"Fleet: Acme::Shop::Fleet can't be deployed here"):
        deploy("Net", text=text)


def test_a_bucket_tells_nobody_of_a_function_that_is_left_out(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(
        textwrap.dedent("""
            Resources:
              Resize:
                Type: AWS::Lambda::Function
                Properties: {Runtime: nodejs22.x, Handler: a.b, Code: {ZipFile: x}}
              Uploads:
                Type: AWS::S3::Bucket
                Properties:
                  NotificationConfiguration:
                    LambdaConfigurations: [{Event: "s3:ObjectCreated:*", Function: !GetAtt Resize.Arn}]
        """)
    )
    with Simulator() as cloud:
        app = cloud.deploy(path, ignore=["Resize"])
        bucket = app.physical_id("Uploads")
        found = cloud.client("s3").get_bucket_notification_configuration(Bucket=bucket)
        assert "LambdaFunctionConfigurations" not in found


def test_what_acts_with_a_role_that_is_left_out_acts_with_another(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(
        textwrap.dedent("""
            Resources:
              May: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}
              Work:
                Type: AWS::Lambda::Function
                Properties:
                  Runtime: python3.12
                  Handler: index.handler
                  Role: !GetAtt May.Arn
                  Code: {ZipFile: "def handler(event, context): pass"}
              Saga:
                Type: AWS::StepFunctions::StateMachine
                Properties:
                  RoleArn: !GetAtt May.Arn
                  Definition: {StartAt: Done, States: {Done: {Type: Succeed}}}
              Queue: {Type: AWS::SQS::Queue}
              Hourly:
                Type: AWS::Scheduler::Schedule
                Properties:
                  ScheduleExpression: rate(1 hour)
                  FlexibleTimeWindow: {Mode: "OFF"}
                  Target: {Arn: !GetAtt Queue.Arn, RoleArn: !GetAtt May.Arn}
              Pipe:
                Type: AWS::Pipes::Pipe
                Properties: {Source: !GetAtt Queue.Arn, Target: !GetAtt Work.Arn, RoleArn: !GetAtt May.Arn}
        """)
    )
    with Simulator() as cloud:
        app = cloud.deploy(path, ignore=["AWS::IAM::*"])
        assert app.physical_id("Saga").endswith("Saga")


LEFT = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Work: {Type: AWS::SQS::Queue}
  Bill:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      InlineCode: x
      AutoPublishAlias: live
      Events:
        Paid: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}
        Daily: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day)}}
        Get: {Type: Api, Properties: {Path: /bill, Method: get}}
        Http: {Type: HttpApi, Properties: {Path: /bill, Method: get}}
  Ask:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: "def handler(event, context): return {'statusCode': 200, 'body': 'asked'}"
      Events:
        Get: {Type: Api, Properties: {Path: /ask, Method: get}}
        Http: {Type: HttpApi, Properties: {Path: /ask, Method: get}}
  Sold:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop]}
      Targets:
        - {Id: bill, Arn: !GetAtt Bill.Arn}
        - {Id: work, Arn: !GetAtt Work.Arn, RoleArn: !GetAtt BillRole.Arn}
"""


def test_rules_schedules_and_routes_go_with_the_function_that_they_call(deploy):
    app = deploy("Bill", text=LEFT)
    assert reasons(app)["BillPaid"] == "left out, as it hangs on BillAliaslive"
    assert reasons(app)["BillDaily"] == "left out, as it hangs on BillAliaslive"
    assert "Sold" in app.resources, "it has another target"


def test_the_other_routes_of_an_api_stay(deploy):
    def asked(app):
        apis = [app.api(name) for name in ("ServerlessRestApi", "ServerlessHttpApi")]
        return [(api.get("/ask").text, api.get("/bill").status_code) for api in apis]

    assert deploy("Bill", text=LEFT, look=asked) == [("asked", 403), ("asked", 404)]


def test_methods_and_integrations_go_with_the_function_that_they_call(deploy):
    text = """
        Resources:
          Bill:
            Type: AWS::Lambda::Function
            Properties: {Runtime: nodejs22.x, Handler: a.b, Code: {ZipFile: x}}
          Rest: {Type: AWS::ApiGateway::RestApi, Properties: {Name: rest}}
          Get:
            Type: AWS::ApiGateway::Method
            Properties:
              RestApiId: !Ref Rest
              ResourceId: !GetAtt Rest.RootResourceId
              HttpMethod: GET
              Integration:
                Type: AWS_PROXY
                Uri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/x/functions/${Bill.Arn}/invocations"
          Http: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: http, ProtocolType: HTTP}}
          Call:
            Type: AWS::ApiGatewayV2::Integration
            Properties: {ApiId: !Ref Http, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Bill.Arn}
          Route:
            Type: AWS::ApiGatewayV2::Route
            Properties: {ApiId: !Ref Http, RouteKey: GET /, Target: !Sub "integrations/${Call}"}
        """
    app = deploy("Bill", text=text)
    assert sorted(app.resources) == ["Http", "Rest"]
    assert reasons(app)["Route"] == "left out, as it hangs on Call"
