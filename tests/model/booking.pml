/* One draft on a channel that keeps its own clock: booked by one of two workers, read back by one of two passes of the watch, held,
   lifted and withdrawn by a person; and a distributor that pauses, lies, changes shift, loses replies and fires when it likes.

   As in gate.pml a transaction is one `atomic`. What goes to the distributor takes its time: a request to book may arrive after the
   one who sent it has given up waiting, and what was read over there may be old when it is written here.
   What is assumed, what is left out, and what each mutant (-DM_...) shows: docs/explanation/model.md. */

#include "lifecycle.pml"

#define PERSON 0
#define GATE 1

mtype:booking = { B_NONE, B_SCHEDULED, B_PAUSED, B_FIRED };

/* the store */
bool past;                                            /* the window is over */
byte hold_count;
bool final;                                           /* a withdrawal that waits until the booking is gone */
byte claimer;

/* what a worker, or a pass of the watch, keeps from before */
bool mine[3];                                         /* the draft's epoch is still that of its run */
bool same[3];                                         /* the draft's row is as it was before the look */

/* the world, and what was said in it */
mtype:booking over_there[2] = B_NONE;                 /* a second one only where somebody books twice */
byte on_its_way;                                      /* requests to book that have not arrived */
byte out;                                             /* how often it was fired */
bool at_work[3];
bool going[3];                                        /* this worker has passed the fence, and may still send its request */
byte hold[2];                                         /* 0: none, 1: in force, 2: in force and answered HELD */
bool calm;                                            /* nothing goes wrong any more */

#define IS(as) (over_there[0] == as || over_there[1] == as)
#define ABSENT (over_there[0] == B_NONE && over_there[1] == B_NONE)
#define VERDICT (UNHELD && !past)
#define LEASE_OVER (!calm || !at_work[claimer])
#define MOVED same[1] = false; same[2] = false
#define FENCED mine[1] = false; mine[2] = false

/* How it is, and below each how a mutant has it. */
#define UNHELD (hold_count == 0)
#define PASSES(w) (mine[w] && st == CLAIMED && VERDICT)
#define COUNTS_AS_HELD (sight == B_NONE)              /* only what is absent */
#define STILL(p) same[p]
#define SETTLED (on_its_way == 0 && !going[1] && !going[2])     /* the time in which a request may still turn up is over */
#define MUST_WAIT (st == BOOKING || st == BOOKED || st == UNKNOWN)
#define NOTHING_THERE (st != BOOKING && st != BOOKED && st != UNKNOWN)
#define DROPPED (sight == B_NONE && UNHELD)

#ifdef M_BEGIN_BLIND                                  /* begin trusts the claim */
#undef PASSES
#define PASSES(w) (st == CLAIMED)
#endif
#ifdef M_PAUSED_IS_HELD                               /* "on hold" over there counts */
#undef COUNTS_AS_HELD
#define COUNTS_AS_HELD (sight == B_NONE || sight == B_PAUSED)
#endif
#ifdef M_REPLY_IS_HELD                                /* "we have stopped it" counts, and nobody looks */
#undef COUNTS_AS_HELD
#define COUNTS_AS_HELD (sight != B_FIRED)
#endif
#ifdef M_OLD_LOOK                                     /* what was read is written, whatever has happened since */
#undef STILL
#define STILL(p) true
#endif
#ifdef M_EARLY_LOOK                                   /* "not found" counts while the request may still turn up */
#undef SETTLED
#define SETTLED true
#endif
#ifdef M_STUCK_UNKNOWN                                /* nobody looks for what was not answered */
#undef SETTLED
#define SETTLED false
#endif
#ifdef M_WITHDRAW_FORGETS                             /* withdrawn, and the booking stays */
#undef MUST_WAIT
#define MUST_WAIT (st == BOOKING || st == UNKNOWN)
#endif
#ifdef M_BOOKING_HELD                                 /* held while the request is on its way */
#undef NOTHING_THERE
#define NOTHING_THERE (st != BOOKED && st != UNKNOWN)
#endif
#ifdef M_BOOKED_HELD                                  /* held as soon as it is written here, before it is said over there */
#undef NOTHING_THERE
#define NOTHING_THERE (st != BOOKING && st != UNKNOWN)
#endif
#ifdef M_UNKNOWN_HELD
#undef NOTHING_THERE
#define NOTHING_THERE (st != BOOKING && st != BOOKED)
#endif
#ifdef M_MISS_FORGETS                                 /* missed by the clock, and the booking stays */
#undef DROPPED
#define DROPPED UNHELD
#endif

inline place(i) {
    if
    :: hold[i] == 0 -> hold[i] = 1; hold_count++
    :: else
    fi;
    MOVED; FENCED
}

inline held() {                                       /* HELD is said */
    assert(ABSENT && on_its_way == 0 && !going[1] && !going[2]);    /* of what is not there, and will not turn up */
    hold[PERSON] = 2
}

inline close() {
    if
    :: st == DRAFTING -> GO(DRAFTING, WITHDRAW, WITHDRAWN)
    :: st == APPROVING -> GO(APPROVING, WITHDRAW, WITHDRAWN)
    :: st == APPROVED -> GO(APPROVED, WITHDRAW, WITHDRAWN)
    :: st == CLAIMED -> GO(CLAIMED, WITHDRAW, WITHDRAWN)
    :: st == MISSED -> GO(MISSED, WITHDRAW, WITHDRAWN)
#ifdef M_WITHDRAW_FORGETS
    :: else -> SLIP(WITHDRAWN)
#endif
    fi;
    FENCED; MOVED
}

inline close_if_known() {
    if
    :: final && st == APPROVED -> close()
    :: else
    fi
}

inline rest() {
    at_work[w] = false; mine[w] = false; going[w] = false; goto open
}

proctype worker(byte w) {
open:
    atomic { VERDICT && st == APPROVED -> GO(APPROVED, CLAIM, CLAIMED); FENCED; MOVED; claimer = w; mine[w] = true; at_work[w] = true }

    if                                                /* the fence: the last write before the request */
    :: atomic {
        if
        :: PASSES(w) -> assert(hold_count == 0 && !past)
        :: else ->
            if :: st == CLAIMED && claimer == w -> GO(CLAIMED, LET_GO, APPROVED); FENCED; MOVED :: else fi;
            rest()
        fi;
#ifndef M_NO_FENCE
        GO(CLAIMED, BEGIN, BOOKING); MOVED;
#endif
        going[w] = true
    }
    :: atomic { !calm -> rest() }                     /* killed here */
    fi;

    if
    :: atomic { on_its_way++; going[w] = false }
    :: atomic { !calm -> going[w] = false; goto refused }               /* it is certain that nothing was booked */
    :: atomic { !calm -> rest() }
    fi;

    if
    :: atomic { on_its_way == 0 ->                    /* the reply: booked */
#ifdef M_NO_FENCE
        if :: st == CLAIMED -> SLIP(BOOKED) :: else fi;
#else
        if
        :: st == BOOKING && claimer == w -> GO(BOOKING, SETTLE, BOOKED); MOVED
        :: else -> if :: !OVER -> place(GATE) :: OVER fi     /* fenced off meanwhile: evidence and a hold, never a step */
        fi;
#endif
        rest() }
    :: atomic { !calm ->                              /* the reply is lost, or is still to come when the time is over */
#ifdef M_NO_FENCE
        SLIP(BOOKED); rest()
#endif
#ifdef M_BOOK_AGAIN
        on_its_way++;                                 /* a client that tries once more by itself */
#endif
#ifdef M_NO_ANSWER_WAITS
        if :: st == BOOKING && claimer == w -> GO(BOOKING, SETTLE, APPROVED); FENCED; MOVED :: else fi;
#else
        if :: st == BOOKING && claimer == w -> GO(BOOKING, LOSE, UNKNOWN); FENCED; MOVED :: else fi;
#endif
        rest() }
    :: atomic { !calm -> rest() }
    fi;

refused:
    atomic {
        if :: st == BOOKING && claimer == w -> GO(BOOKING, SETTLE, APPROVED); FENCED; MOVED; close_if_known() :: else fi;
        rest()
    }
}

inline stopped(i) {                                   /* what the distributor makes of being asked to stop */
    if
    :: over_there[i] == B_SCHEDULED || over_there[i] == B_PAUSED -> over_there[i] = B_NONE
    :: !calm && over_there[i] == B_SCHEDULED -> over_there[i] = B_PAUSED
    :: !calm || over_there[i] == B_NONE || over_there[i] == B_FIRED       /* it says yes, and does nothing */
    fi
}

proctype watch(byte p) {                              /* it asks to stop, looks, and writes what it saw; so does whoever holds */
    mtype:booking sight;
    do
    :: atomic { (st == BOOKED || (st == UNKNOWN && SETTLED)) && (!calm || st == UNKNOWN || hold_count > 0 || !IS(B_SCHEDULED)) -> same[p] = true };
       if
       :: atomic { hold_count > 0 -> stopped(0); stopped(1) }
       :: hold_count == 0
       fi;
       atomic {
           if
           :: IS(B_FIRED) -> sight = B_FIRED
           :: !IS(B_FIRED) && IS(B_SCHEDULED) -> sight = B_SCHEDULED
           :: !IS(B_FIRED) && !IS(B_SCHEDULED) && IS(B_PAUSED) -> sight = B_PAUSED
           :: ABSENT -> sight = B_NONE
           fi
       };
       atomic {
           if
           :: STILL(p) && st == BOOKED && sight == B_FIRED -> GO(BOOKED, SETTLE, SENT); assert(out == 1); FENCED; MOVED
           :: STILL(p) && st == BOOKED && hold_count > 0 && COUNTS_AS_HELD ->
               GO(BOOKED, UNBOOK, APPROVED); FENCED; MOVED;
               if :: hold[PERSON] == 1 -> held() :: else fi;
               close_if_known()
           :: STILL(p) && st == BOOKED && DROPPED && sight != B_FIRED -> GO(BOOKED, MISS, MISSED); FENCED; MOVED
           :: STILL(p) && st == BOOKED && UNHELD && sight == B_PAUSED -> place(GATE)     /* held over there, and nobody here knows why */
           :: STILL(p) && st == UNKNOWN && sight == B_FIRED -> GO(UNKNOWN, SETTLE, SENT); assert(out == 1); FENCED; MOVED
           :: STILL(p) && st == UNKNOWN && (sight == B_SCHEDULED || sight == B_PAUSED) -> GO(UNKNOWN, SETTLE, BOOKED); FENCED; MOVED
           :: STILL(p) && st == UNKNOWN && sight == B_NONE ->
               GO(UNKNOWN, SETTLE, APPROVED); FENCED; place(GATE); close_if_known()
           :: !calm && st == BOOKED -> GO(BOOKED, LOSE, UNKNOWN); FENCED; MOVED       /* after its hour it cannot be read */
           :: else
           fi;
           same[p] = false; sight = 0
       }
    od
}

proctype people() {
    do
    :: atomic { !calm && !OVER && hold[PERSON] != 2 ->
        place(PERSON);
        if
        :: NOTHING_THERE -> held()
        :: else                                       /* PENDING, IN_FLIGHT or UNKNOWN: the watch goes after it */
        fi }
    :: atomic { !OVER && hold[PERSON] != 0 && (!calm || st == APPROVED || st == MISSED) -> hold[PERSON] = 0; hold_count--; MOVED }
    :: atomic { !OVER && hold[GATE] != 0 && (!calm || st == APPROVED || st == MISSED) -> hold[GATE] = 0; hold_count--; MOVED }
    :: atomic { !calm && !OVER && !final ->
        if
        :: MUST_WAIT -> final = true; hold_count++; FENCED; MOVED
        :: else -> close()
        fi }
    :: atomic { st == MISSED -> GO(MISSED, WRITE, DRAFTING); past = false; FENCED; MOVED }
    :: atomic { st == DRAFTING -> GO(DRAFTING, SUBMIT, APPROVING); MOVED }
    :: atomic { st == APPROVING -> GO(APPROVING, RIPEN, APPROVED); MOVED; close_if_known() }
    od
}

proctype time() {
    do
    :: atomic { st == CLAIMED && LEASE_OVER -> GO(CLAIMED, LET_GO, APPROVED); FENCED; MOVED }
#ifndef M_STUCK_BOOKING
    :: atomic { st == BOOKING && LEASE_OVER -> GO(BOOKING, LOSE, UNKNOWN); FENCED; MOVED }
#endif
    :: atomic { st == APPROVED && past -> GO(APPROVED, MISS, MISSED); FENCED; MOVED }
    :: atomic { !calm && !past -> past = true }
#ifdef TRAPS
    :: atomic { !calm -> calm = true }
    :: timeout -> assert(OVER); break                 /* when nothing goes wrong any more, whatever is open finds its end */
#endif
    od
}

inline fire() {
    assert(out == 0);                                 /* at most once */
    assert(hold[PERSON] != 2);                        /* nothing after HELD */
    assert(!OVER);                                    /* nothing of what is over */
    out++
}

proctype distributor() {
    do
    :: atomic { on_its_way > 0 ->                     /* a request arrives: whoever asks twice has two */
        on_its_way--;
        if
        :: over_there[0] == B_NONE -> over_there[0] = B_SCHEDULED
        :: over_there[0] != B_NONE -> over_there[1] = B_SCHEDULED
        fi }
    :: atomic { !calm && over_there[0] == B_SCHEDULED -> over_there[0] = B_PAUSED }   /* held, dropped, un-held by the next shift */
    :: atomic { !calm && over_there[0] == B_SCHEDULED -> over_there[0] = B_NONE }
    :: atomic { over_there[0] == B_PAUSED -> over_there[0] = B_SCHEDULED }
    :: atomic { over_there[1] == B_PAUSED -> over_there[1] = B_SCHEDULED }
    :: atomic { over_there[0] == B_SCHEDULED -> over_there[0] = B_FIRED; fire() }      /* its own clock strikes */
    :: atomic { over_there[1] == B_SCHEDULED -> over_there[1] = B_FIRED; fire() }
    od
}

#ifdef ENDS
ltl ends { [] (calm -> <> OVER) }
#endif

init { atomic { run worker(1); run worker(2); run watch(1); run watch(2); run people(); run time(); run distributor() } }
