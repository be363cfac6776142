"""Names of modules and classes that code may bind to something else, and that a run puts back."""

from __future__ import annotations

import asyncio
import builtins
import concurrent.futures
import copy
import datetime
import decimal
import email.utils
import functools
import hashlib
import http.client
import json
import logging
import os
import platform
import posixpath
import queue
import random
import re
import secrets
import select
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import uuid
import warnings
import zoneinfo
from collections.abc import Iterable, Mapping
from operator import itemgetter
from types import ModuleType
from typing import Any

import boto3
import boto3.dynamodb.types
import boto3.session
import botocore.auth
import botocore.client
import botocore.config
import botocore.endpoint
import botocore.httpsession
import botocore.session
import requests
import urllib3

_MISSING: Any = object()

_MODULES = (
    *(
        asyncio,
        builtins,
        concurrent.futures,
        copy,
        datetime,
        decimal,
        email.utils,
        hashlib,
        http.client,
        json,
    ),
    *(logging, os, platform, posixpath, queue, random, re, secrets, select, shutil, signal, socket, sqlite3),
    *(ssl, subprocess, threading, time, urllib.parse, urllib.request, uuid, warnings, zoneinfo),
    *(boto3, botocore.auth, botocore.client, botocore.endpoint, botocore.httpsession, requests, urllib3),
)

_CLASSES = (
    *(json.JSONEncoder, json.JSONDecoder, subprocess.Popen, threading.Thread, queue.Queue, socket.socket),
    *(http.client.HTTPConnection, http.client.HTTPSConnection, http.client.HTTPResponse),
    *(logging.Logger, logging.Handler, logging.StreamHandler, logging.Formatter, logging.LogRecord),
    *(boto3.session.Session, botocore.client.BaseClient, botocore.session.Session, botocore.config.Config),
    *(botocore.endpoint.Endpoint, botocore.httpsession.URLLib3Session),
    *(boto3.dynamodb.types.TypeSerializer, boto3.dynamodb.types.TypeDeserializer),
    *(requests.Session, urllib3.PoolManager, urllib3.HTTPConnectionPool),
)

_OWNERS: tuple[Any, ...] = (*_MODULES, *_CLASSES)
_namespaces: list[Mapping[str, Any]] = [vars(owner) for owner in _OWNERS]

_OF_SYS = (
    *("__excepthook__", "executable", "exit", "intern", "platform", "ps1", "ps2", "pycache_prefix"),
    "tracebacklimit",
)


class Namespaces:
    """What these names are bound to. `elsewhere`: owners and names that others care for."""

    def __init__(self, elsewhere: Iterable[tuple[Any, str]]) -> None:
        self._elsewhere = {(id(owner), name) for owner, name in elsewhere}
        self._first = [dict(namespace) for namespace in _namespaces]

    def read(self) -> list[Mapping[str, Any]]:
        """All of them."""
        return _namespaces

    def copied(self, namespaces: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """As they are now."""
        return [dict(namespace) for namespace in namespaces]

    def write(self, kept: list[dict[str, Any]]) -> None:
        """Bind what has changed to what it was; modules that were imported into others stay.

        What is as it was before all runs has been put back by somebody else.
        """
        for owner, namespace, before, first in zip(_OWNERS, _namespaces, kept, self._first, strict=True):
            if namespace == before:
                continue
            for name in namespace.keys() - before.keys():
                if not isinstance(namespace[name], ModuleType):
                    delattr(owner, name)
            for name, value in before.items():
                now = namespace.get(name, _MISSING)
                is_known = now is value or now is first.get(name)
                if not is_known and (id(owner), name) not in self._elsewhere:
                    setattr(owner, name, value)


def of_sys() -> list[Any]:
    """Names of `sys` that nobody else cares for."""
    return [getattr(sys, name, _MISSING) for name in _OF_SYS]


def put_sys(kept: list[Any]) -> None:
    """Bind them again."""
    for name, value in zip(_OF_SYS, kept, strict=True):
        if value is not _MISSING:
            setattr(sys, name, value)
        elif hasattr(sys, name):
            delattr(sys, name)


@functools.cache
def _libraries() -> tuple[str, ...]:
    """Modules of the standard library, the SDK and HTTP that a process has loaded before its first run."""
    known = sys.stdlib_module_names | {"boto3", "botocore", "jmespath", "requests", "s3transfer", "urllib3"}
    return tuple(name for name in sys.modules if name.partition(".")[0] in known - {"__main__"})


def libraries() -> tuple[Any, ...]:
    """These modules, as others import them."""
    try:
        found: tuple[Any, ...] = itemgetter(*_libraries())(sys.modules)
    except KeyError:
        found = tuple(sys.modules.get(name) for name in _libraries())
    return found


def put_libraries(kept: tuple[Any, ...]) -> None:
    """Let others import what they imported before."""
    sys.modules.update(zip(_libraries(), kept, strict=True))
