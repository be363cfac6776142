"""moto's server on a free port of loopback."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server


@contextmanager
def moto_server(
    around: Callable[[Any], Any] = lambda app: app, certificate: tuple[str, str] | None = None
) -> Iterator[str]:
    """Its URL. It is made in this thread, so that what goes wrong is seen here; moto's own waits for ever.

    `around` puts a WSGI application before moto's; `certificate`: its file and that of its key, for https.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = around(DomainDispatcherApplication(create_backend_app))
    server = make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler, ssl_context=certificate
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
