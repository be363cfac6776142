"""A client of debugpy, as VS Code is one: https://microsoft.github.io/debug-adapter-protocol/"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any


class DebugClient:
    """Runs a module under debugpy. What the program prints is in `output`, its exit code in `exit_code`."""

    def __init__(self, folder: Path, variables: dict[str, str], module: str, *args: str) -> None:
        self.output = ""
        self.exit_code: int | None = None
        self._launch = {
            "module": module,
            "args": args,
            "cwd": str(folder),
            "env": variables,
            "python": [sys.executable, "-Xfrozen_modules=off"],
            "console": "internalConsole",
        }
        self._sent = 0
        self._events: list[dict[str, Any]] = []

    def __enter__(self) -> DebugClient:
        command = [sys.executable, "-m", "debugpy.adapter"]
        self._adapter = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ask("initialize", adapterID="tests", pathFormat="path", linesStartAt1=True)
        self._send("launch", **self._launch)
        self.event("initialized")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._adapter:
            if self.exit_code is None:
                self._send("disconnect", terminateDebuggee=True)
            assert self._adapter.stdin is not None
            self._adapter.stdin.close()

    def stop_at(self, file: Path, *lines: int) -> None:
        """Stop at these lines, and begin."""
        source, places = {"path": str(file)}, [{"line": line} for line in lines]
        self.ask("setBreakpoints", source=source, breakpoints=places)
        self.ask("configurationDone")

    def stopped(self) -> tuple[int, dict[str, Any]]:
        """The thread that has stopped, and its innermost frame."""
        thread = self.event("stopped")["threadId"]
        return thread, self.ask("stackTrace", threadId=thread)["stackFrames"][0]

    def locals_of(self, frame: dict[str, Any]) -> dict[str, str]:
        """The local variables of a frame as an editor shows them."""
        scope = self.ask("scopes", frameId=frame["id"])["scopes"][0]
        shown = self.ask("variables", variablesReference=scope["variablesReference"])["variables"]
        return {variable["name"]: variable["value"] for variable in shown}

    def ask(self, command: str, **arguments: Any) -> Any:
        """The body of an answer."""
        number = self._send(command, **arguments)
        while True:
            message = self._read()
            if message["type"] == "response" and message["request_seq"] == number:
                assert message["success"], message
                return message.get("body", {})

    def event(self, name: str) -> dict[str, Any]:
        """The body of the next event of this name."""
        while True:
            for event in self._events:
                if event["event"] == name:
                    self._events.remove(event)
                    return event.get("body") or {}
            self._read()

    def _send(self, command: str, **arguments: Any) -> int:
        self._sent += 1
        request = {"seq": self._sent, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(request).encode()
        assert self._adapter.stdin is not None
        self._adapter.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._adapter.stdin.flush()
        return self._sent

    def _read(self) -> dict[str, Any]:
        assert self._adapter.stdout is not None
        length = 0
        while (line := self._adapter.stdout.readline()) != b"\r\n":
            assert line, f"the debugger is gone:\n{self.output}"
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        message: dict[str, Any] = json.loads(self._adapter.stdout.read(length))
        if message["type"] == "event":
            self._note(message["event"], message.get("body") or {})
            self._events.append(message)
        return message

    def _note(self, event: str, body: dict[str, Any]) -> None:
        if event == "output" and body["category"] in ("stdout", "stderr"):
            self.output += body["output"]
        if event == "exited":
            self.exit_code = body["exitCode"]
