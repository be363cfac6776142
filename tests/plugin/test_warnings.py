"""What a test is told that goes wrong without any fault, once."""

APP = """
Resources:
  Work:
    Type: AWS::SQS::Queue
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/r
      Code:
        ZipFile: |
          def handler(event, context):
              return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in event["Records"]]}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Work.Arn, FunctionName: !Ref Worker}
  Orders:
    Type: AWS::SNS::Topic
  Refuses:
    Type: AWS::SQS::Queue
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Orders, Protocol: sqs, Endpoint: !GetAtt Refuses.Arn}
"""


def warned(project, body):
    project.makefile(".yaml", template=APP)
    project.makepyfile(f"def test_it(app):\n    {body}\n    app.settle()\n")
    return project.runpytest("-p", "no:cacheprovider").stdout


def test_a_failure_that_nobody_reads_is_told(project):
    told = warned(project, 'app.queue("Work").send({"order": 1})')
    told.fnmatch_lines(["*UnnoticedWarning: test_it: Worker reports messages as failed, and its mapping *"])


def test_a_queue_that_shuts_out_its_sender_is_told_with_the_reason(project):
    told = warned(project, 'app.topic("Orders").publish({"order": 1})')
    told.fnmatch_lines(
        ["*UnnoticedWarning: test_it: Orders → Refuses fails for good, each time: the policy*"]
    )


LOOP = """
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Failed.Arn, maxReceiveCount: 2}}
  Failed:
    Type: AWS::SQS::Queue
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/r
      Environment: {Variables: {JOBS: !Ref Jobs}}
      Code:
        ZipFile: |
          import boto3, os
          def handler(event, context):
              boto3.client("sqs").send_message(QueueUrl=os.environ["JOBS"], MessageBody="again")
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker}
"""


def test_a_recursive_loop_that_was_stopped_is_told(project):
    project.makefile(".yaml", template=LOOP)
    project.makepyfile("def test_it(app):\n    app.queue('Jobs').send({})\n    app.settle()\n")
    told = project.runpytest("-p", "no:cacheprovider").stdout
    told.fnmatch_lines(["*UnnoticedWarning: *: Worker runs in a recursive loop: *RecursiveLoop: Allow*"])


FILTERED = """
Resources:
  Orders:
    Type: AWS::SNS::Topic
  Work:
    Type: AWS::SQS::Queue
  Subscription:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Orders
      Protocol: sqs
      Endpoint: !GetAtt Work.Arn
      FilterPolicyScope: MessageBody
      FilterPolicy: {kind: [sale]}
"""


def test_a_claim_about_messages_that_filters_left_out_alone_is_told(project):
    project.makefile(".yaml", template=FILTERED)
    project.makepyfile(
        """
        from harness import expect

        def test_it(app):
            app.topic("Orders").publish({"order": "o-1", "kind": "Sale"})
            app.settle()
            expect(app).effects_once("Work", key="order")
        """
    )
    told = project.runpytest("-p", "no:cacheprovider").stdout
    told.fnmatch_lines(
        ["*UnnoticedWarning: *effects_once had nothing to check: filters left out every message*"]
    )


FAILING = APP.replace("return {", "raise ValueError  # {").replace(
    "  Work:\n    Type: AWS::SQS::Queue\n",
    "  Dead:\n    Type: AWS::SQS::Queue\n"
    "  Work:\n    Type: AWS::SQS::Queue\n"
    "    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}}\n",
)


def run_of_failing(project, claim):
    project.makefile(".yaml", template=FAILING)
    project.makepyfile(
        f"""
        from harness import expect

        def test_it(app):
            app.queue("Work").send({{"order": "o-1"}})
            app.settle()
            expect(app).{claim}
        """
    )
    return project.runpytest("-p", "no:cacheprovider")


def test_claims_that_held_of_an_app_that_did_nothing_are_unknown(project):
    result = run_of_failing(project, "nothing_lost()")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*unknown: no invocation succeeded*", "*0 passed*0 failed*1 unknown*"])


def test_a_claim_that_is_to_be_broken_is_one_about_an_app_that_fails(project):
    run_of_failing(project, 'broken.dead_letters(exactly=["o-2"], key="order")').assert_outcomes(passed=1)


def test_a_test_that_expects_an_error_of_a_claim_knows_that_the_app_fails(project):
    project.makefile(".yaml", template=FAILING)
    project.makepyfile(
        """
        import pytest
        from harness import expect
        from harness.expectations import Broken

        def test_it(app):
            app.queue("Work").send({"order": "o-1"})
            app.settle()
            expect(app).nothing_lost()
            with pytest.raises(Broken):
                expect(app).dead_letters(none=True)
        """
    )
    project.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_claim_about_dead_letters_is_one_about_an_app_that_fails(project):
    run_of_failing(project, 'dead_letters(exactly=["o-1"], key="order")').assert_outcomes(passed=1)
