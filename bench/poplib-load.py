"""The dialogues of workloads.yaml with Python's poplib: one thread for each connection, until SIGINT.

usage: poplib-load.py PORT CONNECTIONS MESSAGES [CA]
MESSAGES 0: NOOP and STAT in turn. CA: file of the certificate to trust, which asks for TLS.
Prints the number of sessions at the end. Ends with 1 when anything went wrong.
"""

import os
import poplib
import signal
import ssl
import sys
import threading

port, connections, messages = map(int, sys.argv[1:4])
context = ssl.create_default_context(cafile=sys.argv[4]) if len(sys.argv) > 4 else None
over = threading.Event()
sessions = []


def log_in(number):
    if context is None:
        pop = poplib.POP3("127.0.0.1", port, timeout=20)
    else:
        pop = poplib.POP3_SSL("localhost", port, timeout=20, context=context)
    pop.user(f"user{number:05}")
    pop.pass_("bench")
    return pop


def read_messages(number):
    pop = log_in(number)
    count, total = pop.stat()
    for message in range(1, count + 1):
        octets = pop.retr(message)[2]
        if octets * count != total:
            raise ValueError(f"RETR sent {octets} octets, STAT announced {total} in {count}")
    pop.quit()


def round_trips(number):
    pop = log_in(number)
    while not over.is_set():
        pop.noop()
        if pop.stat()[0] != 1:
            raise ValueError("STAT gives another count")
    pop.quit()


def loop(number):
    done = 0
    try:
        while not over.is_set():
            (read_messages if messages > 0 else round_trips)(number)
            done += 1
        sessions.append(done)
    except Exception as error:
        print(f"connection {number}: {error!r}", file=sys.stderr, flush=True)
        os._exit(1)


signal.signal(signal.SIGINT, lambda *_: over.set())
threads = [threading.Thread(target=loop, args=(number,)) for number in range(1, connections + 1)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sum(sessions))
