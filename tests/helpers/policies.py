"""Retry policies of SNS as Hypothesis makes them up."""

from __future__ import annotations

from hypothesis import strategies as st

_RETRIES = st.integers(0, 20)


def retry_policies() -> st.SearchStrategy[dict[str, object]]:
    """Policies whose every number is within its own bounds. Their total may exceed SNS's hour."""
    return st.builds(
        lambda phases, low, width, function: {
            "numRetries": sum(phases),
            "numNoDelayRetries": phases[0],
            "numMinDelayRetries": phases[1],
            "numMaxDelayRetries": phases[2],
            "minDelayTarget": low,
            "maxDelayTarget": low + width,
            "backoffFunction": function,
        },
        st.tuples(_RETRIES, _RETRIES, _RETRIES, _RETRIES),
        st.integers(1, 100),
        st.integers(0, 1000),
        st.sampled_from(["linear", "arithmetic", "geometric", "exponential"]),
    )
