"""The dialogue of read-all.yaml with Python's poplib: one thread for each user, until SIGINT.

usage: poplib-load.py HOST PORT USERS.csv
Prints the number of sessions at the end. Ends with 1 when anything went wrong.
"""

import csv
import os
import poplib
import signal
import sys
import threading

host, port, users = sys.argv[1], int(sys.argv[2]), sys.argv[3]
over = threading.Event()
sessions = []


def session(user, password):
    pop = poplib.POP3(host, port, timeout=20)
    pop.user(user)
    pop.pass_(password)
    count, _ = pop.stat()
    sizes = dict(map(int, row.split()) for row in pop.list()[1])
    if len(sizes) != count:
        raise ValueError(f"LIST holds {len(sizes)} messages, STAT says {count}")
    for number, size in sizes.items():
        octets = pop.retr(number)[2]
        if octets != size:
            raise ValueError(f"RETR sent {octets} octets, LIST announced {size}")
    pop.quit()


def loop(user, password):
    done = 0
    try:
        while not over.is_set():
            session(user, password)
            done += 1
        sessions.append(done)
    except Exception as error:
        print(f"{user}: {error!r}", file=sys.stderr, flush=True)
        os._exit(1)


signal.signal(signal.SIGINT, lambda *_: over.set())
with open(users, newline="") as file:
    threads = [threading.Thread(target=loop, args=row) for row in list(csv.reader(file))[1:]]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sum(sessions))
