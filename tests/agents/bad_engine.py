"""Which engine does wrong whatever an engine can? `python bad_engine.py FAULT`; with `none` it passes every move."""

import os
import signal
import subprocess
import sys
import time

KNOWN = "protocol_version\nname\nversion\nlist_commands\nboardsize\nclear_board\nkomi\nplay\ngenmove\nquit"
ANSWERS = {  # to genmove number {0}
    "occupied": "={0} A1\n\n",
    "off the board": "={0} Z99\n\n",
    "wrong id": "=1{0} pass\n\n",
    "no id": "= pass\n\n",
    "no mark": "pass\n\n",
    "not UTF-8": b"={0} caf\xe9\n\n",
    "refuse": "?{0} I do not\nwant to\n\n",
    "resign": "={0} resign\n\n",
    "odd but right": "\r\n={0}\t PASS \r\n\r\n",
}
LATE = ("exit", "crash", "resign")  # at the second move


def say(text: str | bytes) -> None:
    sys.stdout.buffer.write(text if isinstance(text, bytes) else text.encode())
    sys.stdout.buffer.flush()


def linger(**how: object) -> None:
    """Leave a child that holds the standard streams and dies of nothing but a kill."""
    read, write = os.pipe()
    program = f"import os, signal, time; signal.signal(15, 1); os.write({write}, b'deaf'); time.sleep(600)"
    subprocess.Popen([sys.executable, "-c", program], pass_fds=[write], **how)
    os.read(read, 4)


def begin(fault: str) -> None:
    match fault.split("="):
        case ["crash at start"]:
            sys.exit("cannot find my network")
        case ["slow start", seconds]:
            time.sleep(float(seconds))
        case ["answer early"]:
            say("".join(f"={number} ok\n\n" for number in range(1, 20)))
        case ["greet"]:
            say("Welcome to my engine!\n\n")
        case ["never quit"]:
            for deaf_to in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(deaf_to, signal.SIG_IGN)


def misbehave(fault: str) -> None:
    match fault:
        case "exit":
            sys.exit(3)
        case "exit 255":
            sys.exit(255)
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "hang":
            time.sleep(600)
        case "half an answer":
            say("=5 pa")
            time.sleep(600)
        case "endless line":
            while True:
                say("=5 " + "x" * 10_000)
        case "10 MB of stderr":
            sys.stderr.write("thinking, thinking, thinking\n" * 350_000)
        case "close stdout":
            os.close(1)
            time.sleep(600)
        case "leave a child":
            linger()
            sys.exit(0)
        case "leave a child elsewhere":
            linger(start_new_session=True)
            sys.exit(0)


def move(fault: str, number: str, turn: int) -> None:
    """Answer the `turn`-th genmove, well or badly."""
    if fault in LATE and turn == 1:
        say(f"={number} pass\n\n")
        return
    misbehave(fault)
    answer = ANSWERS.get(fault, "={0} pass\n\n")
    if isinstance(answer, bytes):
        say(answer.replace(b"{0}", number.encode()))
    else:
        say(answer.format(number))


def main(fault: str) -> None:
    begin(fault)
    turn = 0
    for line in sys.stdin:
        number, command, *_ = line.split()
        if command == "genmove":
            turn += 1
            move(fault, number, turn)
        elif command == "list_commands":
            say(f"={number} " + KNOWN + "\n\n")
        elif command == "boardsize" and fault == "refuse the board":
            say(f"?{number} unacceptable size\n\n")
        else:
            say(f"={number}\n\n")
        if command == "quit" and fault != "never quit":
            break
    while fault == "never quit":
        time.sleep(1)


if __name__ == "__main__":
    main(sys.argv[1])
