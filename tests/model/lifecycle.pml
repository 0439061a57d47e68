/* The draft's row, as both models have it. `GO(from, action, to)` is the only way in which its state moves: tests/test_model.py reads
   every GO and compares it with the table in src/releasegate/lifecycle.py. `SLIP` moves it where a mutant does what the table forbids. */

mtype:state = { DRAFTING, APPROVING, APPROVED, CLAIMED, SENDING, BOOKING, BOOKED, UNKNOWN, MISSED, SENT, STOPPED, WITHDRAWN };
mtype:action = { WRITE, SUBMIT, APPROVE, REVOKE, RIPEN, LAPSE, SEND_BACK, WITHDRAW, CLAIM, LET_GO, BEGIN, SETTLE, LOSE, UNBOOK, MISS };
mtype:answer = { HELD, PENDING, IN_FLIGHT, TOO_LATE, NOT_KNOWN };

mtype:state st = APPROVED;

#define OVER (st == SENT || st == STOPPED || st == WITHDRAWN)
#define GO(from, action, to) assert(st == from && (action == BEGIN || (to != SENDING && to != BOOKING))); st = to
#define SLIP(to) st = to
