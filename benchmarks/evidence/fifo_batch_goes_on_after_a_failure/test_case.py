from harness import expect, scenario


@scenario("template.yaml")
def test_postings_of_an_account_are_written_in_order(app):
    for number in range(5):
        app.queue("Postings").send({"entry": f"e-{number}", "amount": number}, group="account-1")
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Entries", key="entry")
    expect(app).in_order("Postings")
