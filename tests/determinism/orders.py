"""Runs two apps under a range of seeds and prints one hash a seed; or stores one history."""

import sys
from pathlib import Path

import harness
from harness import faults

TEMPLATE = Path(__file__).parents[2] / "fixtures/apps/orders/template.yaml"
ACCOUNTS = Path(__file__).parents[2] / "fixtures/apps/accounts/template.yaml"


def history_of(seed, template=TEMPLATE):
    """Ten orders, some of the trouble there is, by the seed."""
    with harness.Simulator(seed=seed) as cloud:
        app = cloud.deploy(template)
        cloud.inject(faults.ack_lost("BillingQueue", "Billing", probability=0.3, times=None, optional=True))
        cloud.inject(faults.crash("Shipping", after_call=1, probability=0.3, times=None, optional=True))
        cloud.inject(faults.redeliver("Orders", "NotificationsQueue", times=3, optional=True))
        for number in range(10):
            app.topic("Orders").publish({"order": f"o-{number}", "total": 42, "items": ["book", "pen"]})
        app.settle()
        return cloud.history()


def accounts_of(seed):
    """Events in a table, whose stream comes again and again."""
    with harness.Simulator(seed=seed) as cloud:
        app = cloud.deploy(ACCOUNTS)
        cloud.inject(faults.redeliver("Events (stream)", "Project", times=2, optional=True))
        cloud.inject(faults.crash("Project", after_call=1, probability=0.3, times=None, optional=True))
        for number in range(6):
            command = {"command": f"c-{number}", "account": f"a-{number % 2}", "amount": number}
            app.queue("Commands").send(command)
        app.settle()
        return cloud.history()


def main():
    first, last, *store = sys.argv[1:]
    for seed in range(int(first), int(last)):
        history = history_of(seed)
        print(seed, history.hash(), accounts_of(seed).hash(), flush=True)
        if store:
            Path(store[0]).write_text(history.to_json())


if __name__ == "__main__":
    main()
