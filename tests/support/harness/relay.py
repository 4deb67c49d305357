"""The relay's own processes, and configurations for them.

A configuration is YAML text that the test composes: compose() makes a whole
one of a few parts, and a test with needs of its own writes its own text.
"""

import json
import signal
import subprocess
import textwrap

from .stage import ROOT, build_dir
from .stand_in import ACCESS_KEY, AUTHORIZATION, CONTACT, DEVICE, EVENT, \
    MOBILE_EVENTS
from .wait import PATIENCE_S, wait_until
from .web import Client, request

SECRET = "test-secret"
SECRET_HEADER = "x-relay-secret"

SETTINGS = """\
redis:
  address: {redis}
  reconnect_base: 20ms
  reconnect_cap: 200ms
ingest:
  listen: 127.0.0.1:0
  admin:
    listen: 127.0.0.1:0
  auth:
    header: {header}
    secrets: ["{secret}"]
dispatcher:
  admin:
    listen: 127.0.0.1:0
  idle_block: 1s
  reap_grace: 0
"""

# An event as it came, in Reteno's clothes: small enough to reason about.
EVENT_TEMPLATE = """\
{"eventTypeKey": "${input.event_type?json_string}",
 "params": [
  {"name": "externalCustomerId", "value": "${input.user_id?json_string}"},
  {"name": "uuid", "value": "${input.uuid!?json_string}"}]}
"""

CONTACT_TEMPLATE = """\
{"externalCustomerId": "${input.user_id?json_string}", "channels": [],
 "fields": [{"id": 1, "value": "${input.uuid!?json_string}"}]}
"""

DEVICE_TEMPLATE = """\
{"deviceId": "${input.device_id?json_string}", "category": "MOBILE",
 "osType": "${input.os_name?upper_case?json_string}"}
"""


def indent(text, blanks):
    return textwrap.indent(textwrap.dedent(text), " " * blanks)


def destination(name, url, template, **keys):
    """One destination's YAML. Keys are the configuration's; a dict is a
    section: destination("event", url, "event.ftl", retry={"base": "10ms"})."""
    keys = {"url": url, "template": str(template), **keys}
    return indent(f"{name}:\n", 2) + yaml_of(keys, 4)


def yaml_of(value, blanks):
    """JSON is YAML: scalars and lists are written as JSON, dicts as blocks."""
    lines = []
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            lines.append(f"{' ' * blanks}{key}:\n{yaml_of(inner, blanks + 2)}")
        else:
            lines.append(f"{' ' * blanks}{key}: {json.dumps(inner)}\n")
    return "".join(lines)


def headers_for(endpoint):
    if endpoint in (DEVICE, MOBILE_EVENTS):
        return {"x-reteno-access-key": ACCESS_KEY,
                "x-reteno-sdk-version": "amplitude-device",
                "content-type": "application/json"}
    return {"authorization": AUTHORIZATION, "accept": "application/json",
            "content-type": "application/json"}


class Relay:
    """A configuration in the stage's folder, and processes that read it.

    relay = Relay(stage, redis.address)
    relay.add_destination("event", stand_in.url + EVENT, retry={"base": "1ms"})
    relay.add_route("/amplitude/events", "event")
    ingest, dispatcher = relay.start()
    """

    def __init__(self, stage, redis_address, settings=""):
        self.stage = stage
        self.settings = SETTINGS.format(
            redis=redis_address, header=SECRET_HEADER, secret=SECRET)
        self.settings += textwrap.dedent(settings)
        self.destinations = {}
        self.routes = {}
        self.overrides = []
        self.environment = {}

    # -- configuration

    def add_template(self, name, text):
        return self.stage.write(f"templates/{name}", text)

    def add_destination(self, name, url, template=None, **keys):
        """`template` is text; by default a small one for the URL's endpoint,
        and so are the headers."""
        endpoint = url[url.index("/api/"):] if "/api/" in url else None
        if template is None:
            template = {DEVICE: DEVICE_TEMPLATE, CONTACT: CONTACT_TEMPLATE,
                        EVENT: EVENT_TEMPLATE}[endpoint]
        keys.setdefault("headers", headers_for(endpoint))
        path = self.add_template(f"{name}.ftl", template)
        self.destinations[name] = destination(name, url, path, **keys)

    def add_route(self, path, *destinations):
        self.routes[path] = list(destinations)

    def set(self, key, value):
        """Over the file, as --set does: relay.set("log.level", "debug")."""
        self.overrides.append((key, value))

    def text(self):
        routes = "".join(
            f"  - path: {path}\n    destinations: {json.dumps(names)}\n"
            for path, names in self.routes.items())
        return (self.settings + "routes:\n" + routes + "destinations:\n" +
                "".join(self.destinations.values()))

    def arguments(self, config=None):
        path = config or self.stage.write("relay.yaml", self.text())
        arguments = ["--config", str(path)]
        for key, value in self.overrides:
            arguments += ["--set", f"{key}={value}"]
        return arguments

    # -- processes

    def ingest(self, *options, ready=True, **environment):
        """A relay-ingest with these options and environment variables. Unless
        it cannot be, it is waited for until it is ready."""
        return Ingest(self, options, ready, environment)

    def dispatcher(self, *options, ready=True, **environment):
        return Dispatcher(self, options, ready, environment)

    def start(self):
        """One of each."""
        return self.ingest(), self.dispatcher()

    def relayctl(self, *arguments, check=True):
        """Runs relayctl to its end; the whole result, output as text."""
        done = subprocess.run(
            [build_dir() / "dispatcher/ctl/relayctl", *self.arguments(),
             *arguments],
            env={**self.stage.environment, **self.environment}, text=True,
            capture_output=True, timeout=PATIENCE_S, check=False)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done


class Service:
    """A running process of the relay."""

    room = name = None

    def __init__(self, relay, options, ready, environment):
        self.relay = relay
        self.options = options
        self.environment = {**relay.environment, **environment}
        self.addresses = {}
        self.start(ready)

    def start(self, ready=True):
        """Also again, after it ended."""
        self.process = self.relay.stage.start(
            self.name,
            [build_dir() / self.room / self.name, *self.relay.arguments(),
             *self.options],
            self.environment)
        self.process.wait_for_log(event="listening", module="admin")
        if ready:
            self.wait_until_ready()

    def wait_until_ready(self):
        self.process.wait_until(self.is_ready, "readiness")

    def is_ready(self):
        return self.get("/readyz").status == 200

    def listener(self, module):
        """host:port of a listener of this process, by its log."""
        process = self.process  # another thread may start the next one
        if (process, module) not in self.addresses:
            self.addresses[process, module] = process.wait_for_log(
                event="listening", module=module)["address"]
        return self.addresses[process, module]

    @property
    def admin(self):
        return self.listener("admin")

    def get(self, path):
        """From the admin listener."""
        return request(self.admin, "GET", path)

    def metrics(self):
        """Samples by name with labels, as they are printed."""
        samples = {}
        for line in self.get("/metrics").text.splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                samples[name] = float(value)
        return samples

    def wait_for_metric(self, name, value):
        wait_until(lambda: self.metrics().get(name) == value,
                   f"{name} to be {value}")

    def reload(self):
        """SIGHUP, with the configuration as it is by now: the line in the log
        that says that it is in force."""
        return self.hang_up("reloaded")

    def refuse_reload(self):
        """The same, and the line that says why it is not."""
        return self.hang_up("reload_refused")

    def hang_up(self, event):
        before = len(self.find_log(event=event))
        self.relay.arguments()  # writes the file
        self.process.signal(signal.SIGHUP)
        return self.process.wait_until(
            lambda: self.find_log(event=event)[before:], event)[0]

    def stop(self):
        return self.process.stop()

    def kill(self):
        self.process.kill()

    def find_log(self, **wanted):
        return self.process.find_log(**wanted)

    def wait_for_log(self, **wanted):
        return self.process.wait_for_log(**wanted)


class Ingest(Service):
    room, name = "ingest", "relay-ingest"

    @property
    def address(self):
        return self.listener("ingest")

    def client(self):
        return Client(self.address)

    def post(self, path, body, headers=None, client=None):
        """As Amplitude does: with the secret and the content type."""
        headers = {"Content-Type": "application/json",
                   "User-Agent": "Amplitude/Webhook/1.0",
                   SECRET_HEADER: SECRET, **(headers or {})}
        if client is not None:
            return client.request("POST", path, body, headers)
        return request(self.address, "POST", path, body, headers)


class Dispatcher(Service):
    room, name = "dispatcher", "relay-dispatcher"


def sample(name):
    """A webhook body of deploy/samples."""
    return json.loads((ROOT / "deploy/samples" / name).read_text())
