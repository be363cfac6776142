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
