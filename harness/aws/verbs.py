"""The effects of calls, and the rule for operations that no table lists: the verb of the name decides."""

from __future__ import annotations

import re
from enum import StrEnum


class Does(StrEnum):
    """The effect of a call.

    `SENDS`: puts a message somewhere. `TAKES`: is handed messages. `SETTLES`: says what becomes of messages:
    deleted, hidden, moved. `WRITES`: changes data. `READS`: changes nothing. `CONFIGURES`: changes the
    resources themselves.
    """

    SENDS = "sends"
    TAKES = "takes"
    SETTLES = "settles"
    WRITES = "writes"
    READS = "reads"
    CONFIGURES = "configures"


_READING = """
    BatchCheck BatchDescribe BatchDetect BatchGet Check Compare Count Decode Describe Detect Discover
    Download Estimate Evaluate Filter Find Generate Get Has Head Is List Lookup Poll Predict Preview
    Query Read Resolve Retrieve Scan Search Select Simulate Test TransactGet Translate Validate Verify
    View
"""
_CONFIGURING = """
    Accept Activate Add Admin Allocate Allow Apply Assign Associate Attach Authorize BatchCreate
    BatchDelete BatchDisable BatchEnable BatchUpdate Cancel Change Complete Configure Confirm Create
    Deactivate Delete Deploy Deprecate Deregister Detach Disable Disassociate Enable Export Grant Import
    Initiate Install Merge Migrate Modify Move Opt Pause Provision Reboot Refresh Register Reject
    Release Remove Rename Renew Replace Request Reset Restart Restore Resume Revoke Rollback Rotate Run
    Schedule Set Share Start Stop Subscribe Suspend Sync Tag Terminate Transfer Unassign Unsubscribe
    Untag Update Upgrade
"""
_VERBS = {
    Does.READS: _READING,
    Does.TAKES: "Receive",
    Does.SENDS: "Invoke Publish Send",
    Does.CONFIGURES: _CONFIGURING,
}
_SETTINGS = re.compile(
    r"Put\w*(?:Acceleration|Acl|Alarm|Attributes|Concurrency|Config|Configuration|Control|Controls|Cors|"
    r"Delegation\w*|Destination|Dimension|Encryption|Filter|Insight\w*|Lock|Logging|Metadata|Notification|"
    r"Permission|Permissions|Policy|Policies|Preferences?|Recorder|Replication|Resource|Rule|Settings?|Stream|"
    r"Subscription\w*|Tagging|Tags|Targets|Versioning|Website)"
)
"""Nouns of Put operations whose subject is a setting of a resource, not data."""
_BY_VERB = {does: re.compile(f"(?:{'|'.join(verbs.split())})(?![a-z])") for does, verbs in _VERBS.items()}


def does_by_verb(operation: str) -> Does:
    """The effect of an operation by the verb that its name begins with; an unknown verb counts as writing.

    >>> [str(does_by_verb(name)) for name in ("DescribeTable", "TagResource", "PutBucketPolicy", "Write")]
    ['reads', 'configures', 'configures', 'writes']
    """
    for does, pattern in _BY_VERB.items():
        if pattern.match(operation):
            return does
    return Does.CONFIGURES if _SETTINGS.fullmatch(operation) else Does.WRITES
