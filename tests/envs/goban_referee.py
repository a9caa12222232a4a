"""What do the rules of Go say? Written out slowly from the rules alone, to judge the fast ones.

A board is a string of `.`, `X` (Black) and `O` (White), row by row from the top. Chains are found by flood fill, and
the history is the list of boards themselves: there are no hashes here and nothing is kept up to date by steps.
"""

from __future__ import annotations

from functools import cache, lru_cache

BLACK, WHITE = "X", "O"
MARKS = BLACK + WHITE
OTHER = {BLACK: WHITE, WHITE: BLACK}


@cache
def neighbours(size: int, point: int) -> list[int]:
    row, column = divmod(point, size)
    around = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
    return [r * size + c for r, c in around if 0 <= r < size and 0 <= c < size]


def region(board: str, size: int, point: int) -> tuple[set[int], set[str]]:
    """Return the points of the same mark that hang together with this one, and which marks lie around them."""
    inside, around, waiting = {point}, set(), [point]
    while waiting:
        for near in neighbours(size, waiting.pop()):
            if board[near] != board[point]:
                around.add(board[near])
            elif near not in inside:
                inside.add(near)
                waiting.append(near)
    return inside, around


def without(board: str, points: set[int]) -> str:
    return "".join("." if point in points else mark for point, mark in enumerate(board))


@lru_cache(300_000)
def placed(board: str, size: int, point: int, mark: str) -> tuple[str, int, int]:
    """Put a stone on an empty point. Return the board then, how many enemy stones and how many own ones are taken.

    First the enemy chains without a liberty are taken off; only then the stone's own chain, if it has none.
    """
    board = board[:point] + mark + board[point + 1 :]
    captured: set[int] = set()
    for near in neighbours(size, point):
        if board[near] == OTHER[mark]:
            chain, around = region(board, size, near)
            if "." not in around:
                captured |= chain
    board = without(board, captured)
    chain, around = region(board, size, point)
    lost = set() if "." in around else chain
    return without(board, lost), len(captured), len(lost)


def owners(board: str, size: int) -> str:
    """Return for each point whose area it is: a stone's own, or of the one mark that an empty region touches."""
    owner = list(board)
    counted: set[int] = set()
    for point, mark in enumerate(board):
        if mark == "." and point not in counted:
            empty, around = region(board, size, point)
            counted |= empty
            for one in empty:
                owner[one] = "".join(around) if len(around) == 1 else "."
    return "".join(owner)


def area(board: str, size: int) -> int:
    """Return Black's points minus White's, stones and surrounded points, without komi."""
    owner = owners(board, size)
    return owner.count(BLACK) - owner.count(WHITE)


def is_position(board: str, size: int) -> bool:
    """Return whether every chain on the board has a liberty."""
    return all(mark == "." or "." in region(board, size, point)[1] for point, mark in enumerate(board))


class Referee:
    """One game of Go, watched over.

    `boards[k]` and `movers[k]` are the board before ply k and whose turn it was; the last are the present ones.
    `reason` is why the game is over, in the words of `envs.goban`, or "playing".
    """

    def __init__(
        self,
        size: int,
        *,
        komi: float = 7.5,
        superko: str = "positional",
        suicide: bool = False,
        rules: str = "area",
        capture: int = 1,
        move_limit: int = 10**9,
        setup: str | None = None,
        first: str = "black",
    ) -> None:
        self.size, self.komi, self.superko, self.suicide = size, komi, superko, suicide
        self.rules, self.capture, self.move_limit = rules, capture, move_limit
        self.boards = [setup.replace("/", "") if setup else "." * size * size]
        self.movers = [BLACK if first == "black" else WHITE]
        self.moves: list[int] = []
        self.captured = {BLACK: 0, WHITE: 0}
        self.reason = "playing"

    @property
    def board(self) -> str:
        return self.boards[-1]

    @property
    def mover(self) -> str:
        return self.movers[-1]

    @property
    def pass_move(self) -> int:
        return self.size * self.size

    def repeats(self, board: str) -> bool:
        """Return whether the rule against repetition forbids the mover to bring about this board."""
        if self.superko == "simple":  # only the board that the opponent's last move changed
            return len(self.boards) > 1 and board == self.boards[-2]
        if self.superko == "situational":  # any, with the same player to move
            return (board, OTHER[self.mover]) in zip(self.boards, self.movers, strict=True)
        return board in self.boards

    def is_legal(self, move: int) -> bool:
        if self.reason != "playing":
            return False
        if move == self.pass_move:
            return True
        if self.board[move] != ".":
            return False
        board, _, lost = placed(self.board, self.size, move, self.mover)
        return (self.suicide or not lost) and not self.repeats(board)

    def mask(self) -> list[int]:
        return [int(self.is_legal(move)) for move in range(self.size * self.size + 1)]

    def play(self, move: int) -> None:
        assert self.is_legal(move)
        board, mover = self.board, self.mover
        if move != self.pass_move:
            board, captured, lost = placed(board, self.size, move, mover)
            self.captured[mover] += captured
            self.captured[OTHER[mover]] += lost  # a suicide is a gift
        self.moves.append(move)
        self.boards.append(board)
        self.movers.append(OTHER[mover])
        self.reason = self.why_over()

    def why_over(self) -> str:
        if self.rules == "capture" and max(self.captured.values()) >= self.capture:
            return "captured"
        if self.moves[-2:] == [self.pass_move] * 2:
            return "two passes"
        return "move limit" if len(self.moves) >= self.move_limit else "playing"

    def score(self) -> float:
        """Return Black's result in points, as the board stands; with `capture`, 1 for the winner."""
        if self.rules == "area":
            return area(self.board, self.size) - self.komi
        won = [mark for mark in MARKS if self.captured[mark] >= self.capture]
        return 0 if not won else 1 if won == [BLACK] else -1

    def diagram(self) -> str:
        return "\n".join(
            self.board[row : row + self.size] for row in range(0, self.size * self.size, self.size)
        )
