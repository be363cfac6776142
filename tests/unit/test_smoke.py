"""A smoke test of a template, and the first scenario that is made of it."""

from __future__ import annotations

import json
import re

import pytest

from harness.app.handle import App
from harness.first_scenario import WANTS_EVENT, first_scenario
from harness.given import stubs
from harness.smoke import FAILS_AFTER_SECONDS, EventError, smoke, summary, unused

APP = """
Resources:
  Orders:
    Type: AWS::SNS::Topic
  Dead: {Type: AWS::SQS::Queue}
  Work:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}}
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Work]
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: "*", Action: sqs:SendMessage, Resource: !GetAtt Work.Arn}]
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Orders, Protocol: sqs, Endpoint: !GetAtt Work.Arn, RawMessageDelivery: true}
  Bill:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/r
      Code:
        ZipFile: |
          import json
          def handler(event, context):
              for record in event["Records"]:
                  print(json.loads(record["body"])["order"])
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Work.Arn, FunctionName: !Ref Bill}
"""
REFUSED = """Bill: KeyError: 'order' (index.py:4: print(json.loads(record["body"])["order"]))"""


@pytest.fixture
def template(tmp_path):
    """A topic, a queue and a function that wants orders."""
    path = tmp_path / "template.yaml"
    path.write_text(APP)
    return path


def ask(template, request):
    """Let the function make this request for each message."""
    code = template.read_text().replace('print(json.loads(record["body"])["order"])', request)
    template.write_text(code.replace("import json", "import json; from urllib.request import urlopen"))


def event(template, name, data):
    (template.parent / "events").mkdir(exist_ok=True)
    (template.parent / f"events/{name}.json").write_text(json.dumps(data))


def test_only_places_at_which_nothing_else_arrives_are_tried(template):
    assert [one.name for one in smoke(template)] == ["Orders"]


def test_a_function_that_refuses_a_made_up_event_is_unknown(template):
    [one] = smoke(template)
    assert (one.outcome, one.why) == ("unknown", REFUSED)
    assert "put a real one into events/Orders.json" in summary(template, [one])[1]


def test_a_long_reason_is_shown_by_its_beginning(template):
    ask(template, 'raise ValueError("no " * 1000)')
    [one] = smoke(template)
    assert len(one.why) > 2000
    assert "no …; the event is made up" in one.line()
    assert max(map(len, first_scenario(template).splitlines())) < 400


def test_a_real_event_of_another_name_is_tried_too(template):
    event(template, "an_order", {"order": "o-1"})
    [one] = smoke(template)
    assert (one.outcome, one.file, one.reached) == ("ok", "an_order", ("Work", "Bill"))


def test_a_file_that_no_entry_point_used_is_told(template):
    event(template, "Orders", {"order": "o-1"})
    event(template, "Biling", {"order": "o-2"})
    tried = smoke(template)
    assert unused(template, tried) == ["events/Biling.json"]
    assert (
        "unused   events/Biling.json  no entry point has its name, and none got further with it"
        in summary(template, tried)
    )


def test_a_file_that_an_entry_point_used_is_not_told(template):
    event(template, "an_order", {"order": "o-1"})
    assert unused(template, smoke(template)) == []


@pytest.mark.parametrize(
    "other",
    [
        {"httpMethod": "POST", "body": "iVBORw0KGgo=", "isBase64Encoded": True},
        {"requestContext": {"http": {"method": "POST"}}, "body": {"no": "text"}},
        {"Records": ["no record"]},
        {"Records": 7},
        ["a list"],
        "a text",
        None,
    ],
    ids=["image", "mapping", "records", "number", "list", "text", "nothing"],
)
def test_a_real_event_may_have_any_form(made, other):
    template = made(HANDLER % "Book", URL)
    event(template, "another", other)
    assert [one.outcome for one in smoke(template)] == ["ok"]


def test_an_event_of_the_entry_point_itself_must_work(template):
    event(template, "Orders", {"no": "order"})
    event(template, "another", {"order": "o-1"})
    [one] = smoke(template)
    assert (one.outcome, one.why) == ("failed", REFUSED)


def test_a_message_that_is_lost_is_told(template):
    event(template, "Orders", {"order": "o-1"})
    template.write_text(APP.replace("Effect: Allow", "Effect: Deny"))
    assert [one.outcome for one in smoke(template) if one.place == "Orders"] == ["lost"]


def test_a_third_party_is_answered_for_or_the_outcome_is_unknown(template):
    asks = 'print(urlopen("https://api.stripe.com/", data=b"{}").status, json.loads(record["body"])["order"])'
    ask(template, asks)
    event(template, "Orders", {"order": "o-1"})
    [tried] = smoke(template)
    assert tried.line().endswith(
        "nobody answers for api.stripe.com, which Bill asks; give --stub-http api.stripe.com=200, or =FILE"
    )
    assert [each.outcome for each in (tried, *smoke(template, stubs={"api.stripe.com": "{}"}))] == [
        "unknown",
        "ok",
    ]


def test_a_first_scenario_is_deployed_as_its_smoke_test_was(made):
    path = made(HANDLER % "Book", HANDLER % "Draw", "\nParameters: {Stage: {Type: String}}\n")
    written = first_scenario(path, {"Stage": "test"}, ignore=["Draw"])
    assert """@scenario("template.yaml", parameters={'Stage': 'test'}, ignore=['Draw'])\n""" in written
    assert "Draw" not in written.replace("ignore=['Draw']", "")


def test_a_made_up_event_that_is_lost_is_not_ok(made):
    [one] = smoke(made("  Nobody: {Type: AWS::SNS::Topic}\n"))
    assert (one.outcome, one.why) == ("unknown", '{"id": "smoke-1"} at Nobody: nobody was subscribed to it')


def test_a_rule_goes_by_its_logical_id(made):
    rule = """
  Placed: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [shop]}, Targets: [{Id: t, Arn: %s}]}}
  Allowed:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Book, Action: "lambda:InvokeFunction", Principal: events.amazonaws.com}
"""
    [one] = smoke(made(HANDLER % "Book", rule % "!GetAtt Book.Arn"))
    assert (one.name, one.outcome) == ("default, rule Placed", "ok")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((200, ""), "200 and no body: give --stub-http HOST=FILE for another one"),
        ("sorry", "200 and 'sorry'"),
    ],
    ids=["no body", "no JSON"],
)
def test_a_function_that_fails_on_the_answer_of_a_third_party_is_told_with_it(template, answer, told):
    ask(template, 'json.load(urlopen("https://api.stripe.com/", data=b"{}"))')
    [one] = smoke(template, stubs={"api.stripe.com": answer})
    assert one.outcome == "unknown"
    assert one.why.startswith(
        "Bill: JSONDecodeError: Expecting value: line 1 column 1 (char 0) (index.py:4: "
    )
    assert one.why.endswith(f"; it had asked api.stripe.com, which answers {told}")


def test_the_stub_that_is_advised_is_one_for_code_that_reads_json(template):
    ask(template, 'print(json.load(urlopen("https://api.stripe.com/", data=b"{}")))')
    [before] = smoke(template)
    advised = re.search("give --stub-http (.+?),", before.why)[1]
    [after] = smoke(template, stubs=stubs([advised]))
    assert (before.outcome, after.outcome) == ("unknown", "ok")


def test_code_that_wants_more_than_the_stub_that_is_advised_is_told_what_it_got(template):
    ask(template, 'json.load(urlopen("https://api.stripe.com/", data=b"{}"))["id"]')
    [one] = smoke(template, stubs=stubs(["api.stripe.com=200"]))
    assert one.why.endswith("which answers 200 and {}: give --stub-http HOST=FILE for another one")


def test_a_dead_letter_is_told_with_its_reason_and_the_words_of_the_function(template):
    reports = (
        'print("no order in", record["body"])\n'
        '              return {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}'
    )
    code = template.read_text().replace('print(json.loads(record["body"])["order"])', reports)
    template.write_text(
        code.replace("FunctionName: !Ref Bill", "FunctionName: !Ref Bill, FunctionResponseTypes: [%s]")
        % "ReportBatchItemFailures"
    )
    [one] = smoke(template)
    assert one.why == (
        'it ended in Dead: received 2 times; Bill reported it as failed: no order in {"id": "smoke-1"}'
    )


def test_a_first_scenario_answers_for_third_parties_as_its_smoke_test_did(template):
    answers = {"api.stripe.com": (503, ""), "other.example.com": (200, "")}
    ask(template, 'urlopen("https://api.stripe.com/", data=b"{}")')
    written = first_scenario(template, stubs=answers)
    assert "other.example.com" not in written
    assert "(app):\n    app.stub_http(\"api.stripe.com\", (503, ''))\n" in written


def test_a_file_that_is_no_json_is_told(template):
    (template.parent / "events").mkdir()
    (template.parent / "events/Orders.json").write_text("{")
    with pytest.raises(EventError, match=r"Orders\.json: "):
        smoke(template)


def test_a_file_that_is_no_json_may_be_for_another_purpose(template):
    event(template, "Orders", {"order": "o-1"})
    (template.parent / "events/put_by_hand.json").write_text("aws sns publish …")
    assert [one.outcome for one in smoke(template)] == ["ok"]


TASK = """
Resources:
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/r
      Definition:
        StartAt: Read
        States:
          Read:
            Type: Task
            Resource: arn:aws:states:::aws-sdk:textract:detectDocumentText
            Parameters: {Document: {S3Object: {Bucket: scans, Name: page.png}}}
            End: true
"""


def test_a_service_that_is_not_here_leaves_its_entry_point_unknown(template):
    template.write_text(TASK)
    [one] = smoke(template)
    assert (one.name, one.outcome) == ("Flow", "unknown")
    assert one.why.startswith("textract:DetectDocumentText: the simulator has no textract")


def test_a_service_that_is_not_here_asks_for_no_other_event(template):
    template.write_text(TASK)
    assert "put a real one" not in summary(template, smoke(template))[1]


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_an_execution_that_fails_is_told_with_its_error(template, kind):
    template.write_text(
        f"""
Resources:
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/r
      StateMachineType: {kind}
      Definition:
        StartAt: Read
        States:
          Read: {{Type: Pass, Parameters: {{order.$: States.StringToJson($.body)}}, End: true}}
"""
    )
    [one] = smoke(template)
    assert one.outcome == "unknown"
    assert "its execution ended as FAILED: States." in one.why


def test_a_first_scenario_asks_for_no_event_where_none_would_help(made):
    written = first_scenario(made("  Nobody: {Type: AWS::SNS::Topic}\n"))
    assert WANTS_EVENT not in written
    assert '    # With this event: {"id": "smoke-1"} at Nobody: nobody was subscribed to it\n' in written


def test_a_first_scenario_asks_for_the_event_that_a_function_wants(template):
    assert f"    {WANTS_EVENT} With this one: {REFUSED}\n" in first_scenario(template)


def test_a_first_scenario_runs(template, pytester):
    event(template, "Orders", {"order": "o-1"})
    pytester.path.joinpath("template.yaml").write_text(APP)
    pytester.makepyfile(first_scenario(template))
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


WORKS = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Statement: []}}
"""
HANDLER = """
  %s:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "def handler(event, context): return event"}
"""
CALLER = """
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
      Definition:
        StartAt: Choose
        States:
          Choose:
            Type: Choice
            Choices: [{Variable: $.refund, IsPresent: true, Next: Refund}]
            Default: Book
          Book: {Type: Task, Resource: !GetAtt Book.Arn, End: true}
          Refund:
            Type: Task
            Resource: "arn:aws:states:::lambda:invoke"
            Parameters: {FunctionName: !Ref Refund}
            End: true
"""
WAITER = """
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
      Definition:
        StartAt: Ask
        States:
          Ask:
            Type: Task
            Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
            Parameters: {QueueUrl: !Ref Asked, MessageBody: {"token.$": $$.Task.Token}}
            TimeoutSeconds: 200000
            End: true
  Asked: {Type: AWS::SQS::Queue}
"""
STREAM = """
  Rows:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      AttributeDefinitions:
        - {AttributeName: order, AttributeType: S}
        - {AttributeName: line, AttributeType: N}
      KeySchema: [{AttributeName: order, KeyType: HASH}, {AttributeName: line, KeyType: RANGE}]
  Follows:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Rows.StreamArn
      FunctionName: !Ref Follow
      StartingPosition: TRIM_HORIZON
"""
HOURLY = """
  Hourly:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 hour)
      Targets: [{Id: t, Arn: !GetAtt Clean.Arn}]
  Allowed:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Clean, Action: "lambda:InvokeFunction", Principal: events.amazonaws.com}
"""


@pytest.fixture
def made(tmp_path):
    """Writes a template of these parts."""

    def write(*parts):
        path = tmp_path / "template.yaml"
        path.write_text(WORKS + "".join(parts))
        return path

    return write


def test_a_function_that_a_state_machine_calls_is_no_entry_point_on_whatever_way(made):
    [one] = smoke(made(CALLER, HANDLER % "Book", HANDLER % "Refund"))
    assert (one.place, one.outcome, one.reached) == ("Flow", "ok", ("Book",))


MAKER = """
  Make:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code:
        ZipFile: |
          import cfnresponse
          def handler(event, context):
              cfnresponse.send(event, context, cfnresponse.SUCCESS, {}, "made")
  Made: {Type: "Custom::Made", Properties: {ServiceToken: !GetAtt Make.Arn}}
"""


URL = """
  Door: {Type: AWS::Lambda::Url, Properties: {AuthType: NONE, TargetFunctionArn: !GetAtt Book.Arn}}
"""


def test_a_function_that_has_a_url_gets_a_request(made):
    [one] = smoke(made(HANDLER % "Book", URL))
    assert (one.name, one.outcome) == ("Book, POST /", "ok")
    assert one.code == 'app.function("Book").url.post("/", json={event})'


def test_the_url_of_an_alias_is_its_function_s(made):
    alias = """
  First: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Book}}
  Live:
    Type: AWS::Lambda::Alias
    Properties: {Name: live, FunctionName: !Ref Book, FunctionVersion: !GetAtt First.Version}
  Door: {Type: AWS::Lambda::Url, Properties: {AuthType: NONE, TargetFunctionArn: !Ref Live}}
"""
    [one] = smoke(made(HANDLER % "Book", alias))
    assert (one.name, one.outcome) == ("Book, POST /", "ok")


CHECKED = """
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        openapi: 3.0.1
        x-amazon-apigateway-request-validators: {all: {validateRequestBody: true}}
        x-amazon-apigateway-request-validator: all
        paths:
          /orders:
            post:
              requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}
              x-amazon-apigateway-integration:
                type: mock
                requestTemplates: {application/json: '{"statusCode": 200}'}
                responses: {default: {statusCode: 200}}
        components:
          schemas:
            Order: {required: [goods], properties: {goods: {$ref: "#/components/schemas/Goods"}}}
            Goods: {type: array, minItems: 1, items: {type: string}}
  Made: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api, StageName: prod}}
"""


def test_a_body_fits_the_models_of_an_api(made):
    [one] = smoke(made(CHECKED))
    assert (one.name, one.outcome, one.event) == ("POST /orders", "ok", {"goods": ["smoke"]})


def test_a_function_that_makes_a_custom_resource_is_no_entry_point(made):
    assert [one.place for one in smoke(made(MAKER, HANDLER % "Book"))] == ["Book"]


APIS = """
  {api}:
    Type: AWS::ApiGatewayV2::Api
    Properties: {{Name: {api}, ProtocolType: HTTP}}
  {api}Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {{ApiId: !Ref {api}, StageName: $default, AutoDeploy: true}}
  {api}Do:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref {api}
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt Book.Arn
      PayloadFormatVersion: "2.0"
  {api}Post:
    Type: AWS::ApiGatewayV2::Route
    Properties: {{ApiId: !Ref {api}, RouteKey: "POST /orders", Target: !Sub "integrations/${{{api}Do}}"}}
  {api}Any:
    Type: AWS::ApiGatewayV2::Route
    Properties: {{ApiId: !Ref {api}, RouteKey: "ANY /orders", Target: !Sub "integrations/${{{api}Do}}"}}
"""


def test_routes_that_take_the_same_request_are_one_entry_point(made):
    path = made(HANDLER % "Book", APIS.format(api="Web"))
    assert [one.name for one in smoke(path) if one.kind == "api"] == ["POST /orders"]


def test_an_api_without_a_stage_is_told_and_no_error_of_ours(made):
    bare = APIS.format(api="Web").replace("  WebStage:", "  WebStage:\n    Condition: Never")
    path = made(HANDLER % "Book", bare, "\nConditions: {Never: !Equals [a, b]}\n")
    assert [one.why for one in smoke(path) if one.kind == "api"] == ["no stage: it has none"]


def test_entry_points_of_one_name_are_told_apart_and_have_a_test_each(made):
    path = made(HANDLER % "Book", APIS.format(api="Web"), APIS.format(api="Partners"))
    assert [one.name for one in smoke(path)] == ["Web, POST /orders", "Partners, POST /orders"]
    written = first_scenario(path)
    assert written.count("def test_nothing_is_lost_from_web_post_orders(") == 1
    assert written.count("def test_nothing_is_lost_from_partners_post_orders(") == 1


ANSWERS = """
  Book:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code:
        ZipFile: "def handler(event, context): return {'statusCode': %s, 'body': 'no room'}"
"""
ROUTE = """
  Web: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP, Name: web}}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Web, StageName: $default, AutoDeploy: true}
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Web, RouteKey: %s /rooms, Target: !Sub "integrations/${Into}"}
  Into:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Web
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt Book.Arn
      PayloadFormatVersion: "2.0"
  Allowed:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Book
      Action: lambda:InvokeFunction
      Principal: apigateway.amazonaws.com
"""


@pytest.mark.parametrize(
    ("method", "status", "ended"),
    [
        ("POST", 201, {"passed": 1}),
        ("POST", 400, {"failed": 1}),
        ("POST", 503, {"failed": 1}),
        ("GET", 404, {"passed": 1}),  # the path is made up
        ("GET", 503, {"failed": 1}),
    ],
)
def test_a_first_scenario_of_an_api_claims_a_right_answer(made, pytester, method, status, ended):
    path = made(ANSWERS % status, ROUTE % method)
    pytester.path.joinpath("template.yaml").write_text(path.read_text())
    pytester.makepyfile(first_scenario(path))
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(**ended)
    if "failed" in ended:
        result.stdout.fnmatch_lines(["E       AssertionError: no room"])


@pytest.fixture
def settled(monkeypatch):
    """The times for which runs of smoke tests were to settle."""
    times, settle = [], App.settle

    def noting(app, within_seconds=86_400.0):
        times.append(within_seconds)
        return settle(app, within_seconds)

    monkeypatch.setattr(App, "settle", noting)
    return times


def test_a_message_that_fails_for_days_is_waited_for_an_hour(template, settled):
    text = template.read_text()
    text = text.replace(
        "    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}}\n", ""
    )
    template.write_text(text)
    [tried] = [one for one in smoke(template) if one.name == "Orders"]
    assert (tried.why, settled[0]) == (REFUSED, FAILS_AFTER_SECONDS)
    assert max(settled) == FAILS_AFTER_SECONDS


def test_work_that_waits_without_a_failure_is_waited_for_a_day(made, settled):
    smoke(made(WAITER))
    assert settled == [FAILS_AFTER_SECONDS, 86_400.0]


def test_an_execution_that_waits_for_somebody_is_unknown_and_no_failure(made):
    [one] = smoke(made(WAITER))
    assert (one.place, one.outcome) == ("Flow", "unknown")
    assert one.why.startswith("it still waits after a day, for ")


def test_a_table_with_a_stream_is_an_entry_point(made):
    [one] = smoke(made(STREAM, HANDLER % "Follow"))
    assert (one.place, one.kind, one.outcome) == ("Rows", "table", "ok")
    assert one.event == {"order": "smoke", "line": 1}
    assert one.reached == ("Rows (stream)", "Follow")


def test_a_function_that_keeps_tenants_apart_is_run_for_one(made):
    [one] = smoke(made(HANDLER % "Serve", "      TenancyConfig: {TenantIsolationMode: PER_TENANT}\n"))
    assert (one.place, one.outcome) == ("Serve", "ok")
    assert one.code == 'app.function("Serve").invoke_async({event}, tenant="tenant-1")'


def test_a_schedule_is_fired(made):
    [one] = smoke(made(HOURLY, HANDLER % "Clean"))
    assert (one.place, one.outcome) == ("Clean", "ok")
    assert one.code == 'app.function("Clean").fire_schedule()'


DAILY = """
  Daily:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: rate(1 day)
      FlexibleTimeWindow: {Mode: "OFF"}
      Target: {Arn: !GetAtt Clean.Arn, RoleArn: !GetAtt Role.Arn}
"""


def test_a_function_that_its_schedule_ran_during_the_deployment_is_an_entry_point(made):
    queues = "".join(f"  Q{n}: {{Type: AWS::SQS::Queue, DependsOn: Daily}}\n" for n in range(12))
    assert "Clean" in [each.place for each in smoke(made(DAILY, HANDLER % "Clean", queues))]


def test_a_schedule_s_own_event_is_no_excuse_for_its_function(made):
    raises = HANDLER.replace("return event", "return event['order']")
    [one] = smoke(made(HOURLY, raises % "Clean"))
    assert one.outcome == "lost"


def test_a_first_scenario_names_the_key_of_each_table(made):
    text = first_scenario(
        made(STREAM, HANDLER % "Follow", STREAM.replace("Rows", "Others").replace("Follows", "More"))
    )
    assert "app.table(\"Rows\").put({'order': 'smoke', 'line': 1})" in text
    assert '# expect(app).effects_once("Others", key="order")\n' in text


def test_an_object_has_a_key_that_a_rule_wants(made):
    rule = """
  Uploads:
    Type: AWS::S3::Bucket
    Properties: {NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: true}}}
  Uploaded:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        source: [aws.s3]
        detail: {bucket: {name: [!Ref Uploads]}, object: {key: [{suffix: .csv}]}}
      Targets: [{Id: t, Arn: !GetAtt Book.Arn}]
"""
    [tried] = [each for each in smoke(made(HANDLER % "Book", rule)) if each.kind == "bucket"]
    assert (tried.name, tried.outcome) == ("Uploads/smoke.csv", "ok")
    assert "Book" in tried.reached


BILL = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Work: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 30}}
  Rows: {Type: AWS::Serverless::SimpleTable, Properties: {PrimaryKey: {Name: id, Type: String}}}
  Bill:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: |
        import boto3, json, os, uuid
        rows = boto3.resource("dynamodb").Table(os.environ["ROWS"])
        def handler(event, context):
            for record in event["Records"]:
                order = json.loads(record["body"])["order"]
                rows.put_item(Item={"id": str(uuid.uuid4()), "order": order, "total": 7})
      Environment: {Variables: {ROWS: !Ref Rows}}
      Events: {Work: {Type: SQS, Properties: {Queue: !GetAtt Work.Arn}}}
"""


@pytest.fixture
def bill(tmp_path):
    """A queue and a function that writes each order under an id that it makes up."""
    path = tmp_path / "template.yaml"
    path.write_text(BILL)
    return path


def test_a_first_scenario_claims_the_effects_that_its_event_left(bill):
    event(bill, "Work", {"order": "o-1"})
    assert '\n    expect(app).effects_once("Rows", key="order")\n' in first_scenario(bill)


def test_a_first_scenario_proposes_a_claim_where_its_event_left_no_effect(bill):
    written = first_scenario(bill)
    assert '\n    # expect(app).effects_once("Rows", key="id")\n' in written
    assert "\n    expect(app).effects_once" not in written


def test_a_file_that_holds_no_event_for_the_place_of_its_name_is_told_as_that(bill):
    event(bill, "Work", {"Records": []})
    tried = smoke(bill)
    [_, told, unused_file, _] = summary(bill, tried)
    assert told.endswith("the event is made up, as events/Work.json has none for it: use another file")
    assert unused_file == "unused   events/Work.json  it holds no event for Work"


def test_an_event_for_a_place_that_others_of_the_app_send_to_is_not_unused(bill):
    event(bill, "Work", {"order": "o-1"})
    event(bill, "Bill", {"Records": []})
    assert unused(bill, smoke(bill)) == []
