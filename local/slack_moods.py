"""Bad moods of Slack, on purpose: the first calls that one fits are answered late, wrongly or not at all."""

from slack_state import Impossible, lock, state

KINDS = ("429", "500", "slow", "drop", "error")


def add(mood: dict) -> None:
    """`after`: a 500 or a drop comes once the call is carried out, so that only its answer is lost."""
    strange = sorted(set(mood) - {"method", "kind", "retryAfter", "ms", "error", "times", "after"})
    if mood.get("kind") not in KINDS or strange:
        raise Impossible(f"Expected a mood of kind {', '.join(KINDS)}; got {mood}.")
    with lock:
        state.moods.append({**mood, "left": mood.get("times")})


def mood_for(method: str) -> dict | None:
    """The mood that this call meets. A response URL's method is `response_url`."""
    with lock:
        for mood in state.moods:
            if mood.get("method") in (None, method) and mood["left"] != 0:
                if mood["left"] is not None:
                    mood["left"] -= 1
                return mood
    return None
