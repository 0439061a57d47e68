/* One draft, two workers, somebody who holds, and time: every order of their steps, for spin.

   One transaction of the store is one `atomic`: SQLite's BEGIN IMMEDIATE, PostgreSQL's lock on the draft's row. Between two of them
   anything may happen. A counter that only grows and is only compared with a value kept before (seq, epoch, the rules' epoch) is a bit
   beside each worker: "nobody has moved it since". So no counter has a bound, and the search ends all the same.
   Two sizes: two letters of one text and a window, or (-DREWRITTEN) one letter and two texts.
   What is assumed, what is left out, and what each mutant (-DM_...) shows: docs/explanation/model.md. */

#include "lifecycle.pml"

#ifdef REWRITTEN
#define LETTERS 1
#define ROW(d) (text)
#define SOME(as) (letter[text] == as)
#define ALL_OUT (out[0] == 1)
#else
#define LETTERS 2
#define ROW(d) (d)
#define SOME(as) (letter[0] == as || letter[1] == as)
#define ALL_OUT (out[0] == 1 && out[1] == 1)
#endif
#define PERSON 0
#define GATE 1

mtype:letter = { L_WAITING, L_CLAIMED, L_SENDING, L_SENT, L_UNKNOWN };

/* the store */
mtype:letter letter[2] = L_WAITING;                   /* a row for each letter, or for the letter in each text */
byte owner[2];                                        /* whose attempt stands in that row */
bit text;                                             /* the digest */
bool approval = true;                                 /* of this digest in this round */
bool right = true;                                    /* the rules' row: who approved may still */
bool past;                                            /* the window is over */
byte hold_count;
bool final;                                           /* a withdrawal that waits for an outcome */
byte claimer;                                         /* who claimed the draft last */

/* what a worker keeps from its claim */
bool mine[3];                                         /* the draft's epoch is still that of its run */
bool judged[3];                                       /* both rows are as they were when the verdict was asked */

/* the world, and what was said in it */
byte out[LETTERS];                                    /* how often it has left */
bool at_work[3];
byte going[3];                                        /* this worker's attempt may still leave: to which reader, counted from 1 */
byte hold[2];                                         /* 0: none, 1: in force, 2: in force and answered HELD */
bool calm;                                            /* nothing goes wrong any more */

#define NOW(as) (SOME(as))
#define BEGUN (SOME(L_SENT) || SOME(L_UNKNOWN) || SOME(L_SENDING))
#define LEFT (SOME(L_WAITING) || SOME(L_CLAIMED))
#define NOBODY_AT_IT (!SOME(L_SENDING) && !SOME(L_CLAIMED))
#define ON_THE_WAY (st == CLAIMED || st == SENDING)
#define VERDICT (approval && right && UNHELD && !past)
#define TAKEN(w) (letter[MY_ROW] == L_CLAIMED && owner[MY_ROW] == w)
#define STANDS(w) (letter[MY_ROW] == L_SENDING && owner[MY_ROW] == w)
#if LETTERS == 2
#define MY_ROW (d)
#else
#define MY_ROW (digest)
#endif
#define MOVED judged[1] = false; judged[2] = false    /* the seq, or the epoch of the rules */
#define FENCED mine[1] = false; mine[2] = false       /* the epoch of the draft */

/* How it is, and below each how a mutant has it. */
#define UNHELD (hold_count == 0)
#define PASSES(w) (mine[w] && ((judged[w] && UNHELD && st == SENDING && !past) || (VERDICT && ON_THE_WAY)))
#define LATE L_UNKNOWN                                /* what becomes of an attempt whose lease is over */
#define NO_ANSWER L_UNKNOWN                           /* what becomes of one whose answer was lost */
#define IS_MINE(w) TAKEN(w)
#define MAY_SETTLE(w) STANDS(w)
#define HOLD_FENCES FENCED
#define STEP_FENCES FENCED
#define RULES_MOVED MOVED
#define LIFTED hold_count--
#define HOLD_SEES(as) SOME(as)
#define ATTEMPT_OVER(d) (going[1] != d + 1 && going[2] != d + 1)
#define MUST_WAIT (st == SENDING || st == UNKNOWN || SOME(L_SENDING) || SOME(L_UNKNOWN))

#ifdef M_HOLD_COUNT                                   /* nothing reads hold_count: the epoch alone fences */
#undef UNHELD
#define UNHELD true
#endif
#ifdef M_BEGIN_BLIND                                  /* begin trusts the claim */
#undef PASSES
#define PASSES(w) (ON_THE_WAY)
#endif
#ifdef M_RIGHTS_AT_CLAIM
#undef PASSES
#define PASSES(w) (mine[w] && approval && UNHELD && !past && ON_THE_WAY)
#endif
#ifdef M_WINDOW_AT_CLAIM
#undef PASSES
#define PASSES(w) (mine[w] && approval && right && UNHELD && ON_THE_WAY)
#endif
#ifdef M_HOLD_APART                                   /* holds in a table of their own: begin reads them, and writes another row */
#undef PASSES
#define PASSES(w) (mine[w] && approval && right && !past && ON_THE_WAY)
#undef HOLD_FENCES
#define HOLD_FENCES skip
#endif
#ifdef M_EPOCH                                        /* neither a claim, nor its lease over, nor a new text moves the epoch */
#undef STEP_FENCES
#define STEP_FENCES skip
#endif
#ifdef M_RULES_ROW                                    /* a right taken away does not move the rules' row */
#undef RULES_MOVED
#define RULES_MOVED skip
#endif
#ifdef M_REQUEUE                                      /* an attempt whose lease is over waits to be sent again */
#undef LATE
#define LATE L_WAITING
#endif
#ifdef M_NO_ANSWER_WAITS                              /* an attempt without an answer waits to be sent again */
#undef NO_ANSWER
#define NO_ANSWER L_WAITING
#endif
#ifdef M_OWN_CLOCK                                    /* "my lease still holds", says the worker's own clock */
#undef IS_MINE
#define IS_MINE(w) true
#endif
#ifdef M_READ_THEN_WRITE                              /* no lock between what is read and what is written */
#undef IS_MINE
#define IS_MINE(w) true
#endif
#ifdef M_LATE_SETTLE                                  /* a fenced worker's answer is written over what stands */
#undef MAY_SETTLE
#define MAY_SETTLE(w) true
#endif
#ifdef M_LIFT_ALL                                     /* one lift lifts every hold */
#undef LIFTED
#define LIFTED hold_count = 0
#endif
#ifdef M_LIFT_RESENDS                                 /* a lift lets go on what was not known */
#undef LIFTED
#define LIFTED hold_count--; letter[0] = (letter[0] == L_UNKNOWN -> L_WAITING : letter[0]); SLIP((st == UNKNOWN -> APPROVED : st))
#endif
#ifdef M_IN_FLIGHT_HELD
#undef HOLD_SEES
#define HOLD_SEES(as) (as != L_SENDING && SOME(as))
#endif
#ifdef M_UNKNOWN_HELD
#undef HOLD_SEES
#define HOLD_SEES(as) (as != L_UNKNOWN && SOME(as))
#endif
#ifdef M_SENT_HELD
#undef HOLD_SEES
#define HOLD_SEES(as) (as != L_SENT && SOME(as))
#endif
#ifdef M_NOT_SENT_EARLY                               /* "not sent" is believed while the attempt may still go */
#undef ATTEMPT_OVER
#define ATTEMPT_OVER(d) true
#endif
#ifdef M_WITHDRAW_AT_ONCE                             /* withdrawn while something is on its way */
#undef MUST_WAIT
#define MUST_WAIT (st == UNKNOWN)
#endif

inline close() {
    if
    :: st == DRAFTING && !BEGUN -> GO(DRAFTING, WITHDRAW, WITHDRAWN)
    :: st == DRAFTING && BEGUN -> GO(DRAFTING, WITHDRAW, STOPPED)
    :: st == APPROVING && !BEGUN -> GO(APPROVING, WITHDRAW, WITHDRAWN)
    :: st == APPROVING && BEGUN -> GO(APPROVING, WITHDRAW, STOPPED)
    :: st == APPROVED && !BEGUN -> GO(APPROVED, WITHDRAW, WITHDRAWN)
    :: st == APPROVED && BEGUN -> GO(APPROVED, WITHDRAW, STOPPED)
    :: st == CLAIMED && !BEGUN -> GO(CLAIMED, WITHDRAW, WITHDRAWN)
    :: st == CLAIMED && BEGUN -> GO(CLAIMED, WITHDRAW, STOPPED)
    :: st == SENDING && !BEGUN -> GO(SENDING, WITHDRAW, WITHDRAWN)
    :: st == SENDING && BEGUN -> GO(SENDING, WITHDRAW, STOPPED)
    :: st == MISSED && !BEGUN -> GO(MISSED, WITHDRAW, WITHDRAWN)
    :: st == MISSED && BEGUN -> GO(MISSED, WITHDRAW, STOPPED)
    fi;
    FENCED; MOVED
}

inline close_if_known() {
    if
    :: final && !SOME(L_SENDING) && !SOME(L_UNKNOWN) && !OVER -> close()
    :: else
    fi
}

inline conclude() {                                   /* nobody is at work on it: how does it stand? */
    if
    :: LEFT -> GO(SENDING, SETTLE, APPROVED)
    :: !LEFT && SOME(L_UNKNOWN) -> GO(SENDING, LOSE, UNKNOWN)
    :: !LEFT && !SOME(L_UNKNOWN) -> GO(SENDING, SETTLE, SENT); assert(ALL_OUT)
    fi;
    FENCED; MOVED;
    close_if_known()
}

inline place(i) {                                     /* the row first: every begin after it fails */
    if
    :: hold[i] == 0 -> hold[i] = 1; hold_count++
    :: else                                           /* one more of the same hand changes nothing here */
    fi;
    MOVED; HOLD_FENCES
}

inline say() {                                        /* what the person who holds is answered */
    if
    :: HOLD_SEES(L_SENDING) -> answer = IN_FLIGHT
    :: !HOLD_SEES(L_SENDING) && HOLD_SEES(L_UNKNOWN) -> answer = NOT_KNOWN
    :: !HOLD_SEES(L_SENDING) && !HOLD_SEES(L_UNKNOWN) && HOLD_SEES(L_SENT) && !LEFT -> answer = TOO_LATE
    :: else -> answer = HELD; hold[PERSON] = 2
    fi;
    assert(answer != HELD || !ALL_OUT);               /* of what has left it is too late */
    answer = 0
}

inline lift(i) {
    hold[i] = 0; LIFTED; MOVED
}

inline written() {                                    /* a new text, or the old one once more */
    if :: LETTERS == 1 -> text = 1 - text :: true fi;
    approval = false; past = false; MOVED; STEP_FENCES
}

inline settled(d) {                                   /* by the provider's record, or by a person who looked */
    if
    :: out[d] == 1 -> letter[ROW(d)] = L_SENT
    :: out[d] == 0 -> letter[ROW(d)] = L_WAITING; owner[ROW(d)] = 0
    fi;
    if
    :: st == UNKNOWN && !SOME(L_UNKNOWN) && LEFT -> GO(UNKNOWN, SETTLE, APPROVED)
    :: st == UNKNOWN && !SOME(L_UNKNOWN) && !LEFT -> GO(UNKNOWN, SETTLE, SENT); assert(ALL_OUT)
    :: st == UNKNOWN && SOME(L_UNKNOWN) && out[d] == 0 -> GO(UNKNOWN, SETTLE, APPROVED)
    :: else
    fi;
    MOVED;
    if
    :: out[d] == 0 ->                                 /* a new round, and a hold that another person lifts */
        approval = false; FENCED; place(GATE);
        if :: st == APPROVED -> GO(APPROVED, LAPSE, APPROVING) :: else fi
    :: else
    fi;
    close_if_known()
}

inline leave(d) {                                     /* the first byte: no way back, whatever the store says by now */
    assert(out[d] == 0);                              /* at most once */
    assert(hold[PERSON] != 2);                        /* nothing after HELD */
    assert(!OVER);                                    /* nothing of what is over */
    out[d]++;
    going[w] = 0
}

inline rest() {
    going[w] = 0; at_work[w] = false; mine[w] = false; judged[w] = false; d = 0; digest = 0; became = 0; goto open
}

proctype worker(byte w) {
    byte d;
    bit digest;
    mtype:letter became;

open:
    atomic {
        VERDICT && (SOME(L_WAITING) || (!calm && LEFT)) && (st == APPROVED || st == SENDING) ->
        if
        :: st == APPROVED -> GO(APPROVED, CLAIM, CLAIMED); STEP_FENCES; MOVED; claimer = w
        :: st == SENDING                              /* several may work on one draft */
        fi;
        mine[w] = true; judged[w] = true; digest = text; at_work[w] = true
    }

take:
    if
    :: atomic {
        if
        :: mine[w] && letter[ROW(0)] == L_WAITING
        :: mine[w] && letter[ROW(0)] != L_WAITING && letter[ROW(LETTERS - 1)] == L_WAITING -> d = LETTERS - 1
        :: else -> goto finish
        fi;
#ifdef M_READ_THEN_WRITE
    }
#endif
        letter[MY_ROW] = L_CLAIMED; owner[MY_ROW] = w
#ifndef M_READ_THEN_WRITE
    }
#endif
    :: atomic { !calm -> rest() }                     /* killed here */
    fi;
#ifdef M_READ_THEN_WRITE
    if :: letter[MY_ROW] == L_CLAIMED :: atomic { else -> goto finish } fi;
#endif
#ifdef M_HOLD_APART
    if :: UNHELD :: atomic { else -> goto finish } fi;
#endif

    if                                                /* the fence: the last write before the first byte */
    :: atomic {
        if :: PASSES(w) :: else -> goto finish fi;
        if :: IS_MINE(w) :: else -> d = 0; goto take fi;
        assert(approval && right);                    /* nothing begins with a right taken away */
        assert(!past);                                /* nor past its window */
        assert(LETTERS == 2 || digest == text);       /* nor with another text than the one that was approved */
#ifndef M_NO_FENCE
        if :: st == CLAIMED -> GO(CLAIMED, BEGIN, SENDING); MOVED :: else fi;
        letter[MY_ROW] = L_SENDING;
#endif
        judged[w] = true; going[w] = d + 1
    }
    :: atomic { !calm -> rest() }
    fi;

    if                                                /* nothing of the store stands between, but a pause may */
    :: atomic { leave(d); became = L_SENT }
    :: atomic { !calm -> leave(d); became = NO_ANSWER }
    :: atomic { !calm -> going[w] = 0; became = L_UNKNOWN }             /* nothing left, and nobody can say so */
    :: atomic { !calm -> going[w] = 0; became = L_WAITING }             /* it is certain that nothing left */
    :: atomic { !calm -> rest() }
    :: atomic { !calm -> leave(d); rest() }
    fi;

    if
    :: atomic {
#ifdef M_NO_FENCE
        if :: st == CLAIMED -> SLIP(SENDING) :: else fi;
        letter[MY_ROW] = became;
#else
        if
        :: MAY_SETTLE(w) -> letter[MY_ROW] = became
        :: else -> if :: !OVER -> place(GATE) :: OVER fi     /* fenced off meanwhile: evidence and a hold, never a step */
        fi;
#endif
        became = 0; d = 0; goto take
    }
    :: atomic { !calm -> rest() }
    fi;

finish:
    if
    :: atomic {
        d = 0;
        if :: TAKEN(w) -> letter[MY_ROW] = L_WAITING; owner[MY_ROW] = 0 :: else fi;
        d = LETTERS - 1;
        if :: TAKEN(w) -> letter[MY_ROW] = L_WAITING; owner[MY_ROW] = 0 :: else fi;
        if
        :: digest == text && st == CLAIMED && claimer == w && NOBODY_AT_IT -> GO(CLAIMED, LET_GO, APPROVED); FENCED; MOVED
        :: digest == text && st == SENDING && NOBODY_AT_IT -> conclude()
        :: else
        fi;
        rest()
    }
    :: atomic { !calm -> rest() }
    fi
}

proctype people() {
    mtype:answer answer;
    do
    /* somebody holds, asks again how certain it is, lifts */
#ifdef M_EARLY
    :: atomic { !calm && !OVER && hold[PERSON] == 0 && LEFT && !SOME(L_SENDING) && !SOME(L_UNKNOWN) -> hold[PERSON] = 2 };
       atomic { hold_count++; MOVED; FENCED }
#else
    :: atomic { !calm && !OVER && hold[PERSON] != 2 -> place(PERSON); say() }
#endif
    :: atomic { !OVER && hold[PERSON] != 0 -> lift(PERSON) }
    :: atomic { !OVER && hold[GATE] != 0 -> lift(GATE) }
    /* it is withdrawn */
    :: atomic { (!calm || (st == MISSED && BEGUN)) && !OVER && !final ->
        if
        :: MUST_WAIT -> final = true; hold_count++; FENCED; MOVED; close_if_known()
        :: else -> close()
        fi }
    /* it is written anew and approved again */
    :: atomic { !calm && !BEGUN && st == DRAFTING -> GO(DRAFTING, WRITE, DRAFTING); written() }
    :: atomic { !calm && !BEGUN && st == APPROVING -> GO(APPROVING, WRITE, DRAFTING); written() }
    :: atomic { !calm && !BEGUN && st == APPROVED -> GO(APPROVED, WRITE, DRAFTING); written() }
    :: atomic { !BEGUN && st == MISSED -> GO(MISSED, WRITE, DRAFTING); written() }
    :: atomic { st == DRAFTING -> GO(DRAFTING, SUBMIT, APPROVING); MOVED }
    :: atomic { st == APPROVING && !approval && right -> GO(APPROVING, APPROVE, APPROVING); approval = true; MOVED }
    :: atomic { !calm && st == APPROVING && approval -> GO(APPROVING, REVOKE, APPROVING); approval = false; MOVED }
    :: atomic { !calm && st == APPROVED && approval -> GO(APPROVED, REVOKE, APPROVED); approval = false; MOVED }
    :: atomic { !calm && st == APPROVING -> GO(APPROVING, SEND_BACK, DRAFTING); approval = false; FENCED; MOVED }
    :: atomic { !calm && st == APPROVED -> GO(APPROVED, SEND_BACK, DRAFTING); approval = false; FENCED; MOVED }
    /* a right is taken away and given back: an event of the rules, not of the draft */
    :: atomic { !calm && right -> right = false; RULES_MOVED }
    :: atomic { !right -> right = true; RULES_MOVED }
#ifndef M_STUCK_UNKNOWN
    :: atomic { !OVER && letter[ROW(0)] == L_UNKNOWN && ATTEMPT_OVER(0) -> settled(0) }
#if LETTERS == 2
    :: atomic { !OVER && letter[1] == L_UNKNOWN && ATTEMPT_OVER(1) -> settled(1) }
#endif
#endif
    od
}

#define LEASE_OVER(w) (!calm || !at_work[w])          /* a slow worker looks like a dead one */

proctype time() {
    do
    :: atomic { letter[0] == L_CLAIMED && LEASE_OVER(owner[0]) -> letter[0] = L_WAITING; owner[0] = 0 }
    :: atomic { letter[1] == L_CLAIMED && LEASE_OVER(owner[1]) -> letter[1] = L_WAITING; owner[1] = 0 }
    :: atomic { letter[0] == L_SENDING && LEASE_OVER(owner[0]) -> letter[0] = LATE }
    :: atomic { letter[1] == L_SENDING && LEASE_OVER(owner[1]) -> letter[1] = LATE }
#ifndef M_STUCK_CLAIM
    :: atomic { st == CLAIMED && LEASE_OVER(claimer) -> GO(CLAIMED, LET_GO, APPROVED); MOVED; STEP_FENCES }
#endif
    :: atomic { st == SENDING && NOBODY_AT_IT -> conclude() }
    :: atomic { st == APPROVED && !(approval && right) -> GO(APPROVED, LAPSE, APPROVING); FENCED; MOVED }
    :: atomic { st == APPROVING && approval && right -> GO(APPROVING, RIPEN, APPROVED); MOVED }
#ifndef REWRITTEN
    :: atomic { !calm && !past -> past = true }       /* by the clock alone: no row is written */
    :: atomic { st == APPROVING && past -> GO(APPROVING, MISS, MISSED); FENCED; MOVED }
    :: atomic { st == APPROVED && past -> GO(APPROVED, MISS, MISSED); FENCED; MOVED }
#endif
#ifdef TRAPS
    :: atomic { !calm -> calm = true }
    :: timeout -> assert(OVER); break                 /* when nothing goes wrong any more, whatever is open finds its end */
#endif
    od
}

#ifdef ENDS
ltl ends { [] (calm -> <> OVER) }
#endif

init { atomic { run worker(1); run worker(2); run people(); run time() } }
