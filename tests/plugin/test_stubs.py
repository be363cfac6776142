"""Stubs of third parties: what a test is told of those that are missing, broken or idle."""

APP = """
Resources:
  Charge:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/r
      Code:
        ZipFile: |
          import urllib.request
          def handler(event, context):
              try:
                  urllib.request.urlopen("https://api.stripe.com/v1/charges", data=b"{}")
              except Exception:
                  return "it didn't work"
"""


def ran(project, body):
    project.makefile(".yaml", template=APP)
    project.makepyfile(f"def test_it(app):\n    {body}\n    app.function('Charge').invoke({{}})\n")
    return project.runpytest("-p", "no:cacheprovider")


def test_a_test_whose_own_stub_is_broken_fails_whatever_the_handler_makes_of_it(project):
    result = ran(project, 'app.stub_http("api.stripe.com", lambda request: 1 / 0)')
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ['*stub_http("api.stripe.com", …): * its function raised ZeroDivisionError: * at test_*.py:2']
    )


def test_a_stub_that_nothing_is_sent_to_is_noted(project):
    result = ran(project, 'app.stub_http("api.stripe.com"); app.stub_http("api.example.com")')
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*IdleStubWarning: test_it: nothing was sent to api.example.com, which *"])
    result.stdout.no_fnmatch_line("*nothing was sent to api.stripe.com*")


def test_a_stub_of_a_fixture_may_stay_idle(project):
    project.makeconftest(
        """
        import pytest

        @pytest.fixture
        def app(cloud):
            app = cloud.deploy("template.yaml")
            for host in ("api.stripe.com", "api.example.com"):
                app.stub_http(host)
            return app
        """
    )
    ran(project, "pass").stdout.no_fnmatch_line("*IdleStubWarning*")


def test_a_third_party_that_nobody_answers_for_is_told_with_its_function(project):
    told = 'Charge asked api.stripe.com and got an error*: app.stub_http("api.stripe.com", …) answers in its*'
    ran(project, "pass").stdout.fnmatch_lines([f"*UnnoticedWarning: test_it: {told}"])
    ran(project, "app.function('Charge').invoke({}); assert 0").stdout.fnmatch_lines(
        ["*third parties that nobody*", told]
    )
