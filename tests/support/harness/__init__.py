"""What the tests in Python share: private servers, clients, conditions.

Standard library and pytest only. Everything a test starts listens on 127.0.0.1
or in a temporary folder, and is stopped by its process id.

    stage.py         one test's folder and processes; their logs on failure
    wait.py          waiting for a condition, with a deadline
    web.py           HTTP, also with bytes that are not HTTP
    redis.py         a redis-server, and a client for it
    stand_in.py      the stand-in for Reteno, and its side endpoints
    relay.py         the relay's configuration and processes
    certificates.py  an authority and its certificates
    fixtures.py      the same as pytest fixtures: import * in a conftest.py
"""
