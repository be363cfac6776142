"""The bus in scenarios."""

from harness.app.handles import Handle
from harness.app.handles.messages import Body, as_text


class BusHandle(Handle):
    """A bus."""

    kind = "copier"
    types = ("AWS::Bus::Bus",)

    def publish(self, body: Body) -> str:
        """Publish a message. Gives its id."""
        answer = self._cloud.client("bus").publish(BusName=self.physical_id, Message=as_text(body))
        return str(answer["MessageId"])
