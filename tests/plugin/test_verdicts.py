"""What the plugin judges on its own, and what it says about a failure."""

from __future__ import annotations

import pytest

from harness import Plan, faults


def test_a_fault_that_never_fired_fails_the_test(run):
    result = run(
        """
        def test_quiet(app, chaos):
            chaos.inject(faults.throttle("dynamodb:DeleteItem", resource="Ledger"))
            ask(app)
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["fault never fired: *throttle*dynamodb:DeleteItem*", "*pass optional=True"])


def test_it_is_told_beside_another_failure(run):
    result = run(
        """
        def test_quiet(app, chaos):
            chaos.inject(faults.throttle("dynamodb:DeleteItem"))
            assert 1 == 2
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 1 == 2", "*fault never fired: *throttle*"])


def test_an_optional_fault_may_stay_quiet(run):
    result = run(
        """
        def test_quiet(app, chaos):
            chaos.inject(faults.throttle("dynamodb:DeleteItem", optional=True))
            ask(app)
        """
    )
    result.assert_outcomes(passed=1)


def test_an_app_without_any_invariant_is_worth_a_warning(run):
    source = """
        def test_asserts_only(app):
            assert app.physical_id("Ledger")

        def test_asks(app):
            ask(app)

        def test_has_no_app(cloud):
            pass
        """
    result = run(source)
    result.assert_outcomes(passed=3, warnings=1)
    result.stdout.fnmatch_lines(
        ["*NoInvariantWarning: test_asserts_only deploys an app and asks for no invariant*"]
    )
    run(source, "-W", "ignore::harness.plugin.NoInvariantWarning").assert_outcomes(passed=3, warnings=0)
    run(source, "-W", "error::harness.plugin.NoInvariantWarning").assert_outcomes(passed=2, failed=1)


def test_a_failure_shows_the_line_that_replays_it(run, project):
    (project.path / "plan.json").write_text(Plan(3, (faults.throttle("dynamodb:PutItem"),)).to_json())
    result = run(
        """
        def test_fails(app):
            put(app)
            assert app.cloud.replay_line == "nothing"
        """,
        "--plan",
        "plan.json",
        "--history",
        "kept",
    )
    result.assert_outcomes(failed=1)
    line = "PYTHONHASHSEED=0 pytest 'test_it.py::test_fails' --seed 3 --plan plan.json"
    result.stdout.fnmatch_lines([f"replay: {line}", "history: kept?test_it.py-test_fails-*.jsonl"])


def test_a_failure_while_setting_up_shows_it_too(run):
    result = run(
        """
        @pytest.fixture
        def broken(app):
            raise ValueError("no")

        def test_never(broken):
            pass
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["replay: *test_it.py::test_never* --seed 0", "scenarios *1 failed*"])


def test_tests_without_a_cloud_are_left_alone(run):
    result = run("def test_fails():\n    assert False")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*replay*")
    result.stdout.no_fnmatch_line("*harness*simulated*")


def test_a_typo_in_the_place_of_a_fault_is_told(run):
    result = run(
        """
        def test_quiet(app, chaos):
            chaos.inject(faults.throttle("dynamodb:PutItem", resource="Leger"))
            put(app)
            ask(app)
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            'fault never fired: {"kind": "throttle", "operation": "dynamodb:PutItem", "resource": "Leger"}',
            "  the template has no 'Leger'; did you mean 'Ledger'?",
            "  if that is expected*",
        ]
    )


def test_a_fault_at_a_place_where_nothing_comes_is_told_with_the_nearest_places(run):
    result = run(
        """
        def test_quiet(app, chaos):
            chaos.inject(faults.throttle("dynamodb:UpdateItem", resource="Ledger"))
            put(app)
            put(app)
            ask(app)
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["  there was no such call; the nearest:", "    test → dynamodb:PutItem Ledger (twice)"],
        consecutive=True,
    )
    result.stdout.no_fnmatch_line("*CreateTable*")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ('faults.throttle("dynamodb:PutItem", nth=3)', "its place came once, and nth=3"),
        ('faults.throttle("*:*", probability=1e-9)', "its place came *, and none was hit by chance"),
        (
            'faults.outage("dynamodb", after_seconds=60)',
            "its place came *, last at +*s, and it acts from +60.*s",
        ),
        ("faults.crash()", "there was no invocation in this run"),
        (
            'faults.throttle("dynamodb:CreateTable")',
            "its place came once, only while the app was deployed: faults begin after that, unless *",
        ),
    ],
)
def test_a_fault_that_never_acted_says_why(run, fault, told):
    result = run(
        f"""
        def test_quiet(app, chaos):
            chaos.inject({fault})
            put(app)
            ask(app)
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"  {told}", "  if that is expected, pass optional=True"], consecutive=True)


def test_a_wrong_argument_is_shown_at_the_test_s_own_line(run):
    result = run(
        """
        def test_setting(app, chaos):
            chaos.inject(faults.throttle("dynamodb:PutItem", resorce="Ledger"))

        def test_value(app, chaos):
            chaos.inject(faults.throttle("dynamodb:PutItm"))

        def test_key(app):
            app.table("Ledger").get("o-1")

        def test_refused(app):
            app.table("Ledger").put({"order": "o-1"})

        def test_method(cloud):
            cloud.deply("template.yaml")
        """
    )
    result.assert_outcomes(failed=5)
    result.stdout.fnmatch_lines(
        [
            "E  *TypeError: throttle() takes no 'resorce'; did you mean 'resource'?",
            "test_it.py:5: TypeError",
            "E  *PlanError: *did you mean 'PutItem'?",
            "test_it.py:8: PlanError",
            "E  *TypeError: get takes the key attributes by name, as in get(order='o-1')",
            "test_it.py:11: TypeError",
            "E  *ClientError: *ValidationException*",
            "test_it.py:14: ClientError",
            "E  *AttributeError: the cloud has no 'deply'; did you mean 'deploy'?",
            "test_it.py:17: AttributeError",
        ]
    )


def test_errors_are_shown_where_the_test_made_them(run):
    source = """
        from harness import scenario

        def test_handle(app):
            app.queue("Ledger")

        @scenario("nowhere.yaml")
        def test_template(app):
            pass
        """
    result = run(source)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        ['*app.queue("Ledger")', "E *LookupError: *'Ledger' is no queue but of type *"]
    )
    result.stdout.no_fnmatch_line("*raise LookupError*")
    run(source, "--full-trace").stdout.fnmatch_lines(["*raise LookupError*"])


def test_errors_before_the_test_begins_are_told_by_their_message_alone(run):
    source = """
        from harness import scenario

        @scenario("nowhere.yaml")
        def test_template(app):
            pass
        """
    result = run(source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*_ test_template _*", "nowhere.yaml: no such file in *", "-* harness -*"])
    result.stdout.fnmatch_lines(["FAILED *test_template - *TemplateError: *"])
    result.stdout.no_fnmatch_line("*pluggy/*")


def test_a_failing_test_shows_why_functions_failed(run, project):
    project.mkdir("code").joinpath("app.py").write_text(
        "def handler(event, context):\n    print('about to')\n    return event['missing']\n"
    )
    project.makefile(
        ".yaml",
        functions="""
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Bill:
            Type: AWS::Serverless::Function
            Properties: {CodeUri: code, Handler: app.handler, Runtime: python3.12}
        """,
    )
    result = run(
        """
        def test_fails(cloud, chaos):
            app = cloud.deploy("functions.yaml")
            app.function("Bill").invoke_async({})
            app.settle()
            assert False
        """
    )
    result.stdout.fnmatch_lines(
        ["Bill failed at +*s, 3 times like this:", "  about to", "*KeyError: 'missing'", "*app.py*line 3*"]
    )


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ('{"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}', "reported messages as failed"),
        ("None", "logged an error"),
    ],
)
def test_a_failing_test_shows_why_a_function_swallowed_an_error(run, project, answers, told):
    project.mkdir("code").joinpath("app.py").write_text(
        "import logging\n"
        "def handler(event, context):\n"
        "    for record in event['Records']:\n"
        "        try:\n"
        "            record['missing']\n"
        "        except KeyError:\n"
        "            logging.exception('not billed')\n"
        f"            return {answers}\n"
    )
    project.makefile(
        ".yaml",
        functions="""
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Dead: {Type: AWS::SQS::Queue}
          Orders:
            Type: AWS::SQS::Queue
            Properties:
              VisibilityTimeout: 60
              RedrivePolicy: {maxReceiveCount: 2, deadLetterTargetArn: !GetAtt Dead.Arn}
          Bill:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: code
              Handler: app.handler
              Runtime: python3.12
              Events:
                Orders:
                  Type: SQS
                  Properties: {Queue: !GetAtt Orders.Arn, FunctionResponseTypes: [ReportBatchItemFailures]}
        """,
    )
    result = run(
        """
        def test_fails(cloud):
            app = cloud.deploy("functions.yaml")
            app.queue("Orders").send({"order": "o-1"})
            app.settle()
            assert False
        """
    )
    result.stdout.fnmatch_lines([f"Bill {told} at +*s*", "*not billed*", "*KeyError: 'missing'"])


def test_what_held_of_an_app_of_which_no_invocation_succeeded_is_unknown(run, project):
    source = """
    from harness import expect, scenario

    @scenario("template.yaml")
    def test_once(app):
        app.function("Bill").invoke_async(None)
        app.settle()
        expect(app).settled()
    """
    (project.path / "app.py").write_text("def handler(event, context): raise KeyError('order')")
    (project.path / "template.yaml").write_text(
        "Resources:\n"
        "  Bill:\n"
        "    Type: AWS::Lambda::Function\n"
        "    Properties: {Runtime: python3.13, Handler: app.handler, Code: .}\n"
    )
    result = run(source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ['*unknown: no invocation succeeded, though no fault acted*app.function("Bill").logs()*']
    )
    result.stdout.fnmatch_lines(["*functions that failed*", "*KeyError: 'order'*"])
    assert "contextlib" not in result.stdout.str()


def test_an_invocation_that_reported_all_its_messages_as_failed_has_not_succeeded(run, project):
    source = """
    from harness import expect, scenario

    @scenario("template.yaml")
    def test_once(app):
        app.queue("Work").send({"order": "o-1"})
        app.settle()
        expect(app).nothing_lost()
    """
    (project.path / "app.py").write_text(
        "def handler(event, context):\n"
        "    return {'batchItemFailures': [{'itemIdentifier': r['messageId']} for r in event['Records']]}\n"
    )
    (project.path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Resources:\n"
        "  Dead: {Type: AWS::SQS::Queue}\n"
        "  Work:\n"
        "    Type: AWS::SQS::Queue\n"
        "    Properties:\n"
        "      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}\n"
        "  Bill:\n"
        "    Type: AWS::Serverless::Function\n"
        "    Properties:\n"
        "      Runtime: python3.13\n"
        "      Handler: app.handler\n"
        "      CodeUri: .\n"
        "      Events:\n"
        "        Work:\n"
        "          Type: SQS\n"
        "          Properties: {Queue: !GetAtt Work.Arn, FunctionResponseTypes: [ReportBatchItemFailures]}\n"
    )
    result = run(source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*unknown: no invocation succeeded, though no fault acted*"])
