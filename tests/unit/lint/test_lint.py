"""What lint makes of a template: where it stands, what is known, what is answered in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from harness.app.template import TemplateError
from harness.lint import Finding, lint, lint_app, shown

ROOT = Path(__file__).parents[3]
APPS = sorted((ROOT / "fixtures/apps").glob("*/template.yaml"))
ONE_TRY = """\
Parameters:
  Tries: {Type: Number, Default: 5}
Resources:
  Dead:
    Type: AWS::SQS::Queue
    Properties: {MessageRetentionPeriod: 1209600}
  Work:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt Dead.Arn
        maxReceiveCount: !Ref Tries
"""
SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Work:
    Type: AWS::SQS::Queue
  Billing:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      Handler: index.handler
      Runtime: python3.12
      Events:
        Nightly:
          Type: ScheduleV2
          Properties:
            ScheduleExpression: rate(1 day)
        Orders:
          Type: SQS
          Properties:
            Queue: !GetAtt Work.Arn
            BatchSize: 5
"""


@pytest.mark.parametrize("template", APPS, ids=lambda path: path.parent.name)
def test_our_own_apps_are_well_built(template):
    assert lint(template) == []


def test_parameters_decide(linted):
    assert linted(ONE_TRY) == []
    assert [found.rule for found in linted(ONE_TRY, Tries="1")] == ["one-receive"]


def test_a_parameter_that_there_is_not_is_an_error(linted):
    with pytest.raises(TemplateError, match="there is no parameter 'Tires'; did you mean 'Tries'"):
        linted(ONE_TRY, Tires="1")


def test_a_finding_tells_its_line_what_is_wrong_and_what_to_change(linted, tmp_path):
    (found,) = linted(ONE_TRY, Tries="1")
    assert found == Finding(
        str(tmp_path / "template.yaml"),
        12,
        "Work",
        "one-receive",
        "maxReceiveCount of 1 makes a dead letter of a message that was perhaps never tried",
        "set it to 5 or more",
        found.page,
    )
    assert found.message == f"{found.problem}; {found.change}"


def test_what_sam_makes_of_an_event_is_told_as_it_was_written(linted):
    found = {(each.rule, each.logical_id, each.line) for each in linted(SAM)}
    assert found == {
        ("queue-without-dead-letters", "Work", 3),
        ("async-without-destination", "Billing", 5),
        ("schedule-without-dead-letters", "Billing", 12),
        ("whole-batch-retried", "Billing", 16),
    }


def test_messages_call_events_as_they_were_written(linted):
    (problem,) = [found.problem for found in linted(SAM) if found.rule == "async-without-destination"]
    assert "by Billing.Nightly" in problem


def test_of_json_the_lines_are_known_too(linted):
    template = {"Resources": {"Work": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 0}}}}
    (found,) = linted(json.dumps(template, indent=2), name="template.json")
    assert (found.rule, found.line) == ("visibility-of-zero", 6)


def test_tabs_in_json_cost_no_more_than_the_line(linted):
    template = {"Resources": {"Work": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 0}}}}
    (found,) = linted(json.dumps(template, indent="\t"), name="template.json")
    assert found.rule == "visibility-of-zero"


def test_types_that_cannot_be_deployed_are_read_all_the_same(linted):
    text = "Resources: {Page: {Type: AWS::CloudFront::Distribution}, Own: {Type: Custom::Thing}}"
    assert linted(text) == []


@pytest.mark.parametrize(
    "declared",
    ["{Type: Number}", "{Type: 'AWS::SSM::Parameter::Value<String>', Default: /tries}"],
    ids=["without default", "of Parameter Store"],
)
def test_a_parameter_without_a_value_is_no_error(linted, declared):
    assert linted(ONE_TRY.replace("{Type: Number, Default: 5}", declared)) == []


def test_a_resource_whose_condition_does_not_hold_is_not_judged(linted):
    text = """\
    Conditions: {Never: !Equals [a, b]}
    Resources:
      Work: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 0}, Condition: Never}
      Other: {Type: AWS::SQS::Queue}
    """
    assert linted(text) == []


def test_one_whose_condition_is_not_known_is_judged(linted):
    text = """\
    Parameters: {Stage: {Type: String}}
    Conditions: {Prod: !Equals [!Ref Stage, prod]}
    Resources:
      Work: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 0}, Condition: Prod}
    """
    assert [found.logical_id for found in linted(text)] == ["Work"]


def test_findings_are_in_the_order_of_their_lines(linted):
    lines = [found.line for found in linted(SAM)]
    assert lines == sorted(lines)


SUPPRESSED = """\
Resources:
  Work:
    Type: AWS::SQS::Queue
    Metadata:
      harness:
        lint:
          - {rule: %s, reason: %s}
    Properties: {VisibilityTimeout: 0}
  Other:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 0}
"""


def test_a_finding_with_a_reason_is_answered_for_its_resource_only(linted):
    found = linted(SUPPRESSED % ("visibility-of-zero", "receives name their own timeout"))
    assert [each.logical_id for each in found] == ["Other"]


def test_what_is_suppressed_on_a_sam_function_covers_its_events(linted):
    reason = "{rule: whole-batch-retried, reason: the handler does all or nothing}"
    text = SAM.replace(
        "    Type: AWS::Serverless::Function\n",
        f"    Type: AWS::Serverless::Function\n    Metadata: {{harness: {{lint: [{reason}]}}}}\n",
    )
    assert "whole-batch-retried" not in {found.rule for found in linted(text)}


@pytest.mark.parametrize(
    ("rule", "reason", "told"),
    [
        (
            "visibility-of-zero",
            "''",
            "line 2, Work: .*visibility-of-zero is suppressed without a reason; say why",
        ),
        ("visibility-of-zero", "5", "suppressed without a reason"),
        ("visibility-of-nil", "x", "there is no rule 'visibility-of-nil'; did you mean 'visibility-of-zero'"),
        ("qqq", "x", "there is no rule 'qqq'; there are: answer-hides-failure, "),
        ("visibility-of-zero", "x, until: may", "unknown setting 'until'; it takes rule and reason"),
        ("[x]", "x", r"expected a list of \{rule: …, reason: …\}"),
    ],
)
def test_a_suppression_that_says_too_little_is_an_error(linted, rule, reason, told):
    with pytest.raises(TemplateError, match=told):
        linted(SUPPRESSED % (rule, reason))


@pytest.mark.parametrize("ours", ["5", "{lint: all}", "{lint: [all]}", "{lint: [{reason: x}]}"])
def test_a_suppression_of_another_form_is_an_error(linted, ours):
    with pytest.raises(TemplateError, match=r"Metadata\.harness"):
        linted(f"Resources: {{Work: {{Type: AWS::SQS::Queue, Metadata: {{harness: {ours}}}}}}}")


@pytest.mark.parametrize("metadata", ["{harness: {}}", "{harness: {lint: []}}", "{cfn-lint: x}", "text"])
def test_metadata_without_suppressions_is_fine(linted, metadata):
    assert linted(f"Resources: {{Work: {{Type: AWS::SQS::Queue, Metadata: {metadata}}}}}") == []


def test_lint_app_never_raises(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(SUPPRESSED % ("qqq", "x"))
    (found,) = lint_app(path)
    assert (found.rule, found.path) == ("unreadable", str(path))
    assert found.problem.startswith("line 2, Work: Metadata.harness.lint: there is no rule 'qqq'")


def test_lint_app_finds_what_lint_finds(linted, tmp_path):
    assert lint_app(tmp_path / "template.yaml") != linted(SAM) == lint_app(tmp_path / "template.yaml")


def test_findings_are_shown_one_a_line_and_aligned(linted):
    lines = shown(linted(SAM))
    assert len(lines) == 4
    assert len({line.index("Work") if "Work " in line else line.index("Billing") for line in lines}) == 1
    assert all("; " in line for line in lines)
    assert shown([]) == []


FED = """\
Resources:
  Work: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 9}}
  Do: {Type: AWS::Lambda::Function, Properties: {Timeout: 10}}
  Feed:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Work.Arn, FunctionName: !Ref Do}
"""


@pytest.mark.parametrize(
    ("visibility", "told"),
    [
        (
            "VisibilityTimeout: 9",
            "VisibilityTimeout of 9 s is less than 6 × Do's timeout of 10 s, so Lambda refuses the mapping",
        ),
        ("VisibilityTimeout: 10", "VisibilityTimeout of 10 s is less than 6 × Do's timeout of 10 s"),
        ("", "the default VisibilityTimeout of 30 s is less than 6 × Do's timeout of 10 s"),
    ],
)
def test_a_visibility_timeout_is_told_as_it_is(linted, visibility, told):
    found = linted(FED.replace("VisibilityTimeout: 9", visibility))
    assert [each.problem for each in found if each.rule == "visibility-too-short"] == [told]


@pytest.mark.parametrize(
    ("reader", "change"),
    [
        ("Feed", "give it a DestinationConfig with OnFailure"),
        ("Move", "give its source a DeadLetterConfig"),
    ],
)
def test_a_mapping_and_a_pipe_are_changed_in_different_ways(linted, reader, change):
    cases = Path(__file__).parent / "cases/stream-without-destination.yaml"
    found = linted(yaml.safe_load(cases.read_text(encoding="utf-8"))[0]["template"])
    told = {each.logical_id: each.change for each in found if each.rule == "stream-without-destination"}
    assert told[reader] == change


def test_definitions_in_files_of_their_own_are_no_error(linted):
    linted(
        """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Flow:
            Type: AWS::Serverless::StateMachine
            Properties: {DefinitionUri: flow.asl.json, Role: "arn:aws:iam::123456789012:role/r"}
          Web: {Type: AWS::Serverless::Api, Properties: {StageName: prod, DefinitionUri: api.yaml}}
        """
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("flow.asl.json", '{"StartAt": "One", "States": {"One": {"Type": "Wait", "Seconds": ${Wait}}}}'),
        ("flow.asl.yaml", "{StartAt: One, States: {One: {Type: Wait, Seconds: ${Wait}}}}"),
    ],
    ids=["JSON", "YAML"],
)
def test_a_definition_in_a_file_beside_the_template_is_judged_with_its_numbers(linted, tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = linted(
        f"""
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Flow:
            Type: AWS::Serverless::StateMachine
            Properties:
              DefinitionUri: {name}
              DefinitionSubstitutions: {{Wait: 5}}
              Role: arn:aws:iam::123456789012:role/r
        """
    )
    assert [(each.rule, each.line) for each in found] == [("definition-refused", 4)]
    assert found[0].problem == (
        "Step Functions refuses its definition: SCHEMA_VALIDATION_FAILED: "
        "These fields are required: [Next] or [End] at /States/One"
    )


@pytest.mark.parametrize("settings", ["BatchSize: ten", "FilterCriteria: [1]", "StartingPosition: [LATEST]"])
def test_a_mapping_that_boto3_would_not_send_is_not_judged(linted, settings):
    template = f"""
        Resources:
          Work: {{Type: AWS::SQS::Queue}}
          Do: {{Type: AWS::Lambda::Function}}
          Feed:
            Type: AWS::Lambda::EventSourceMapping
            Properties:
              EventSourceArn: !GetAtt Work.Arn
              FunctionName: !Ref Do
              {settings}
        """
    assert "mapping-refused" not in {each.rule for each in linted(template)}


def test_a_refused_mapping_is_told_in_the_words_of_lambda(linted):
    template = """
        Resources:
          Do: {Type: AWS::Lambda::Function}
          Feed:
            Type: AWS::Lambda::EventSourceMapping
            Properties:
              EventSourceArn: arn:aws:sqs:us-east-1:123456789012:work.fifo
              FunctionName: !Ref Do
              MaximumBatchingWindowInSeconds: 5
        """
    [found] = linted(template)
    assert found.problem == "Lambda refuses it: Batching window is not supported for FIFO queues"


def test_every_sender_that_a_queue_refuses_is_named(linted):
    template = """
        Resources:
          Work: {Type: AWS::SQS::Queue}
          One:
            Type: AWS::SNS::Topic
            Properties: {Subscription: [{Protocol: sqs, Endpoint: !GetAtt Work.Arn}]}
          Two:
            Type: AWS::SNS::Topic
            Properties: {Subscription: [{Protocol: sqs, Endpoint: !GetAtt Work.Arn}]}
        """
    refused = [each.problem for each in linted(template) if each.rule == "queue-refuses-deliveries"]
    assert [re.search(r" for (\w+), ", problem)[1] for problem in refused] == ["One", "Two"]
