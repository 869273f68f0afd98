"""Drive Thunderbird under Xvfb by its Marionette protocol: open a calendar file, ask what is shown, photograph it."""

import base64
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Final, Self

__all__ = ["PROGRAMS", "Thunderbird"]

PROGRAMS: Final = ("thunderbird", "xvfb-run", "dbus-run-session")

CALENDAR: Final = "11111111-2222-4333-8444-555555555555"

# A profile without questions at the start, without the network, with one calendar: a file.
PREFERENCES: Final[dict[str, object]] = {
    f"calendar.registry.{CALENDAR}.type": "ics",
    f"calendar.registry.{CALENDAR}.name": "Appointments",
    f"calendar.registry.{CALENDAR}.calendar-main-in-composite": True,
    f"calendar.registry.{CALENDAR}.readOnly": True,
    f"calendar.registry.{CALENDAR}.cache.enabled": False,
    f"calendar.registry.{CALENDAR}.suppressAlarms": True,
    "calendar.list.sortOrder": CALENDAR,
    "calendar.timezone.useSystemTimezone": False,
    "calendar.week.start": 0,
    "calendar.alarms.show": False,
    "app.update.enabled": False,
    "app.donation.eoy.version.viewed": 999,
    "mail.rights.version": 1,
    "mail.shell.checkDefaultClient": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.spotlight.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
    "mail.account.account1.server": "server1",
    "mail.accountmanager.accounts": "account1",
    "mail.accountmanager.localfoldersserver": "server1",
    "mail.server.server1.hostname": "Local Folders",
    "mail.server.server1.name": "Local Folders",
    "mail.server.server1.type": "none",
    "mail.server.server1.userName": "nobody",
    "mail.server.server1.directory-rel": "[ProfD]Mail/Local Folders",
    "network.proxy.type": 1,
    **{f"network.proxy.{kind}": "127.0.0.1" for kind in ("http", "ssl")},
    **{f"network.proxy.{kind}_port": 9 for kind in ("http", "ssl")},
}
SECONDS: Final = 120


class Thunderbird:
    """Thunderbird with one calendar file, in a profile and on a screen of its own; leaves nothing running."""

    def __init__(self, folder: Path, file: Path, zone: str = "America/New_York") -> None:
        profile, home = folder / "profile", folder / "home"
        profile.mkdir()
        home.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        own = {
            f"calendar.registry.{CALENDAR}.uri": file.as_uri(),
            "calendar.timezone.local": zone,
            "marionette.port": self._port,
        }
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in (PREFERENCES | own).items()
        ]
        (profile / "user.js").write_text("".join(lines), encoding="utf-8")
        self._words = [
            *("xvfb-run", "-a", "-s", "-screen 0 1400x1000x24", "dbus-run-session", "--", "thunderbird"),
            *("--profile", str(profile), "--no-remote", "-calendar", "--marionette", "-remote-allow-system-access"),
        ]
        self._env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "TZ": zone, "LANG": "C.UTF-8"}
        self._sent = 0
        self._socket: Any = None
        self._stream: Any = None

    def __enter__(self) -> Self:
        """Start it, and wait for its window."""
        self._running = subprocess.Popen(
            self._words, env=self._env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            self._connect()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End it with all that it started."""
        os.killpg(self._running.pid, signal.SIGTERM)
        self._running.wait(timeout=30)
        for one in (self._stream, self._socket):
            if one is not None:
                one.close()

    def _connect(self) -> None:
        self._socket = self._reached()
        self._socket.settimeout(SECONDS)
        self._stream = self._socket.makefile("rb")
        self._read()
        self._call("WebDriver:NewSession", capabilities={})
        self._call("Marionette:SetContext", value="chrome")
        handles = self._until(lambda: self._call("WebDriver:GetWindowHandles"))
        self._call("WebDriver:SwitchToWindow", handle=handles[0])
        ready = "return typeof switchToView === 'function' && !!document.getElementById('calendarButton')"
        self._until(lambda: self.script(ready))

    def _reached(self) -> socket.socket:
        def tried() -> socket.socket | None:
            try:
                return socket.create_connection(("127.0.0.1", self._port), 2)
            except OSError:
                return None

        found: socket.socket = self._until(tried)
        return found

    def _until(self, ask: Any) -> Any:
        for _ in range(SECONDS * 2):
            if found := ask():
                return found
            time.sleep(0.5)
        raise AssertionError("Thunderbird does not answer")

    def _call(self, name: str, **parameters: object) -> Any:
        self._sent += 1
        said = json.dumps([0, self._sent, name, parameters]).encode()
        self._socket.sendall(f"{len(said)}:".encode() + said)
        _, _, error, answer = self._read()
        assert error is None, error
        return answer["value"] if isinstance(answer, dict) and "value" in answer else answer

    def _read(self) -> Any:
        length = b""
        while (character := self._stream.read(1)) != b":":
            length += character
        return json.loads(self._stream.read(int(length)))

    def script(self, body: str) -> Any:
        """Run the body of an async function in the main window, with `cal` at hand, and return its value."""
        wrapped = (
            "const done = arguments[0]; (async () => {"
            'const { cal } = ChromeUtils.importESModule("resource:///modules/calendar/calUtils.sys.mjs");'
            f"{body}"
            "})().then((value) => done(value ?? null), (error) => done(String(error)));"
        )
        return self._call("WebDriver:ExecuteAsyncScript", script=wrapped, args=[], sandbox="system", newSandbox=False)

    def events(self, first: str, last: str) -> list[dict[str, Any]]:
        """Return its events between two days (YYYYMMDD, the last one excluded), with instants in UTC."""
        found: list[dict[str, Any]] = self._until(
            lambda: self.script(
                "const [calendar] = cal.manager.getCalendars();"
                "const kinds = Ci.calICalendar.ITEM_FILTER_TYPE_EVENT;"
                "const items = await calendar.getItemsAsArray("
                f"kinds, 0, cal.createDateTime('{first}'), cal.createDateTime('{last}'));"
                "const written = (time) => (time.isDate ? time : time.getInTimezone(cal.dtz.UTC)).icalString;"
                "return items.map((item) => ({ uid: item.id, title: item.title, status: item.status,"
                "  sequence: Number(item.getProperty('SEQUENCE')), categories: item.getCategories(),"
                "  start: written(item.startDate), end: written(item.endDate) }));"
            )
        )
        return found

    def month(self, day: str) -> bytes:
        """Show the month of a day (YYYYMMDD) and return a picture of the window (PNG); nothing in it is of today."""
        self.script(
            "document.getElementById('calendarButton').click();"
            "await new Promise((then) => setTimeout(then, 2000));"
            "for (const name of ['calSidebar', 'today-pane-panel', 'bottom-events-box', 'calendar-view-splitter'])"
            "  document.getElementById(name).setAttribute('collapsed', 'true');"
            "document.getElementById('calTabMonth').click();"
            "await new Promise((then) => setTimeout(then, 1000));"
            f"currentView().goToDay(cal.createDateTime('{day}'));"
            "await new Promise((then) => setTimeout(then, 3000));"
            "for (const node of document.querySelectorAll('[relation]')) node.removeAttribute('relation');"
            "for (const node of document.querySelectorAll('calendar-month-day-box')) node.removeAttribute('selected');"
            "return true;"
        )
        return base64.b64decode(self._call("WebDriver:TakeScreenshot", full=True, scroll=False))
