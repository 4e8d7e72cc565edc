"""Starts the fake Slack; it ends with whoever started it."""

from watch_parent import die_with_parent

die_with_parent()

import fake_slack  # noqa: E402

if __name__ == "__main__":
    fake_slack.serve()
