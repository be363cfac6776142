"""The same seed gives the same history, byte for byte: in another process, under another hash seed.

`HARNESS_SEEDS=1000` runs the full range; the default is a smaller one.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from harness import Simulator
from harness.history import History, first_difference
from tests.determinism.orders import TEMPLATE, history_of

ROOT = Path(__file__).parents[2]
SEEDS = int(os.environ.get("HARNESS_SEEDS", "12"))


def start(hash_seed, *arguments):
    """The seeds in a process of their own."""
    command = [sys.executable, "-m", "tests.determinism.orders", *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def output_of(process):
    output, _ = process.communicate()
    assert process.returncode == 0
    return output.splitlines()


def where_they_part(seed, folder):
    """Both histories of one seed once more, and the first event that differs."""
    stored = []
    for hash_seed in (1, 2):
        path = folder / f"{hash_seed}.jsonl"
        output_of(start(hash_seed, str(seed), str(seed + 1), str(path)))
        stored.append(History.from_json(path.read_text()))
    return f"seed {seed}: {first_difference(*stored)}"


def test_the_same_seeds_give_the_same_histories_in_two_processes(tmp_path):
    processes = [start(hash_seed, "0", str(SEEDS)) for hash_seed in (1, 2)]
    one, other = [output_of(process) for process in processes]
    assert len(one) == SEEDS
    for left, right in zip(one, other, strict=True):
        assert left == right, where_they_part(int(left.split()[0]), tmp_path)


def test_another_seed_gives_another_history():
    hashes = {line.split()[1] for line in output_of(start(1, "0", "5"))}
    assert len(hashes) == 5


def test_the_first_use_of_a_service_in_a_process_draws_nothing_from_the_run():
    code = """
import boto3, harness, uuid
for _ in range(2):
    with harness.Simulator(seed=1):
        boto3.client("secretsmanager").list_secrets()
        print(uuid.uuid4())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    first, second = done.stdout.split()
    assert first == second


def test_a_copy_of_the_project_in_another_folder_has_the_same_history(tmp_path):
    copy = tmp_path / "elsewhere" / TEMPLATE.parent.name
    shutil.copytree(TEMPLATE.parent, copy)
    one, other = history_of(3), history_of(3, copy / TEMPLATE.name)
    assert first_difference(one, other) is None
    assert one.to_json() == other.to_json()


HANDLER = """
import boto3
class Order: pass
def handler(event, context):
    order = Order()
    boto3.client("sqs").send_message(QueueUrl="OUT", MessageBody=f"{order!r} of {__file__}")
    raise ValueError(f"{order!r} in {__file__}")
"""
APP = """
Resources:
  Fails:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      Code: src/
      Role: arn:aws:iam::123456789012:role/r
  Out:
    Type: AWS::SQS::Queue
    Properties: {QueueName: OUT}
"""


def test_a_history_holds_no_folder_of_this_machine_and_no_address_of_an_object(tmp_path):
    app = tmp_path / "shop"
    (app / "src").mkdir(parents=True)
    (app / "src/app.py").write_text(HANDLER)
    (app / "template.yaml").write_text(APP)
    with Simulator() as cloud:
        deployed = cloud.deploy(app / "template.yaml")
        deployed.function("Fails").invoke_async({"order": 1})
        deployed.settle()
        stored = cloud.history().to_json()
    assert "/var/task/app.py" in stored
    assert str(tmp_path) not in stored
    assert "Order object at 0x…>" in stored
