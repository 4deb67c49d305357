"""tests/model: see its --help."""

import argparse
import json
import pathlib
import random
import sys
import time
import traceback

SUPPORT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(SUPPORT), str(SUPPORT.parent / "integration")]

# pylint: disable=wrong-import-position
from model.steps import World
from queue_scripts import Client, Server

LONGEST = 2000  # steps of one sequence


def play(client, numbers):
    """Plays a sequence; None, or what went wrong and after how many steps."""
    world = World(client)
    for done, number in enumerate(numbers):
        try:
            world.step(random.Random(number))
            world.compare()
        except Exception as error:  # whatever it is, it is to be shrunk
            return done + 1, error
    return None


def shrink(client, numbers):
    """Leaves steps out, more and more finely, as long as it still fails."""
    size = len(numbers) // 2
    while size > 0:
        start = 0
        while start < len(numbers):
            shorter = numbers[:start] + numbers[start + size:]
            failure = play(client, shorter)
            if failure is not None:
                numbers = shorter[:failure[0]]
            else:
                start += size
        size //= 2
    return numbers


def tell(client, numbers, seed):
    numbers = shrink(client, numbers)
    print(f"model: seed {seed}: fails after {len(numbers)} steps "
          f"(shrunk): {numbers}")
    world = World(client)
    for number in numbers:
        draw = random.Random(number)
        names, weights = zip(*World.STEPS.items())
        print(f"  {draw.choices(names, weights)[0]} at {world.now}")
        try:
            world.step(random.Random(number))
            world.compare()
        except Exception:  # what is wrong is to be shown, whatever it is
            traceback.print_exc()
            return


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tests/model", description="""
        Plays random sequences of the queue's verbs, lost replies, crashes and
        steps of time against the scripts and against a model, and compares
        both after each step. What fails is shrunk and shown. The last line of
        the output is the figures, as JSON.""")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=None)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    seed = arguments.seed
    if seed is None:
        seed = random.SystemRandom().randrange(1 << 32)
    print(f"model: {arguments.steps} steps, seed {seed}", flush=True)
    draw = random.Random(seed)
    server = Server()
    client = Client(server.path)
    began, played, sequences, status = time.monotonic(), 0, 0, 0
    try:
        while played < arguments.steps and status == 0:
            length = min(LONGEST, arguments.steps - played)
            numbers = [draw.randrange(1 << 48) for _ in range(length)]
            failure = play(client, numbers)
            sequences += 1
            played += failure[0] if failure else length
            if failure:
                tell(client, numbers[:failure[0]], seed)
                status = 1
    finally:
        server.stop()
    print(json.dumps({"steps": played, "sequences": sequences, "seed": seed,
                      "seconds": round(time.monotonic() - began, 1),
                      "failed": status}))
    return status


if __name__ == "__main__":
    sys.exit(main())
