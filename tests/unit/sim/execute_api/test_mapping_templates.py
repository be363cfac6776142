"""Mapping templates of API Gateway, and values of requests."""

from __future__ import annotations

import pytest

from harness.sim.services.execute_api.velocity import Scene, TemplateFailed, render

BODY = '{"items": [{"id": 1}, {"id": "x y"}], "none": null, "of": {"k": "v", "l": [1, "2"]}, "yes": true}'
PARAMS = {"path": {"id": "7"}, "querystring": {"q": "1"}, "header": {"X-A": 'it\'s "so"'}}


def rendered(template, body=BODY):
    return render(
        template, Scene(body, PARAMS, {"requestId": "r-1", "identity": {"ip": "::1"}}, {"v": "red"})
    )


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$input.path('$.items[1].id')", "x y"),
        ("$input.json('$.items')", '[{"id":1},{"id":"x y"}]'),
        ("$input.json('$.of.k')", '"v"'),
        ("$input.path('$.of')", '{k=v, l=[1,"2"]}'),
        ("$input.path('$.of.l')", '[1,"2"]'),
        ("$input.json('$.nowhere')", '""'),
        ("$input.json('$.items[*].id')", '[1,"x y"]'),
        ("$input.path('$.yes')", "true"),
        ("$input.params('id') $input.params('q') $input.params('nowhere')", "7 1 "),
        ("#foreach($n in $input.params().header.keySet())$n#end", "X-A"),
        ("$util.escapeJavaScript($input.params('X-A'))", 'it\\\'s \\"so\\"'),
        ("$util.urlEncode('a b&c') $util.urlDecode('a+b%26c')", "a+b%26c a b&c"),
        ("$util.base64Decode($util.base64Encode('hello'))", "hello"),
        ("$util.parseJson('{\"a\": [5]}').a[0]", "5"),
        ("$context.requestId $context.identity.ip $stageVariables.v", "r-1 ::1 red"),
        ("#foreach($i in $input.path('$.items'))$i.id#if($foreach.hasNext), #end#end", "1, x y"),
        ("#foreach($e in $input.path('$.of').entrySet())$e.key;#end", "k;l;"),
        ("$input.path('$.items').size() $input.path('$.of.k').toUpperCase()", "2 V"),
        ("#if($input.params('nowhere') == \"\")none#{else}some#end", "none"),
    ],
)
def test_a_template_has_the_variables_of_api_gateway(template, text):
    assert rendered(template) == text


def test_a_body_that_is_no_json_is_a_text_and_none_is_an_object():
    assert rendered("$input.body $input.json('$')", "hello") == 'hello "hello"'
    assert rendered("$input.json('$')", "") == "{}"


def test_what_a_template_sets_in_its_context_is_there_afterwards():
    context = {"responseOverride": {"header": {}}}
    text = "#set($context.responseOverride.status = 400)#set($context.responseOverride.header.a = 'b')"
    render(text, Scene("", {}, context))
    assert context == {"responseOverride": {"status": 400, "header": {"a": "b"}}}


@pytest.mark.parametrize(
    "template", ["#foreach($x in", "$input.path('$[')", "$util.parseJson('{')", "#set($x = 1 / 0)$x"]
)
def test_a_template_that_fails_says_so(template):
    with pytest.raises(TemplateFailed):
        rendered(template)
