/*
 * interrupt.c: a cancel that reaches Python code which does not look.
 *
 * PostgreSQL's handlers of SIGINT and SIGTERM only set flags.  Python code that
 * loops or sleeps never sees them, and nothing but kill -9, which restarts
 * the server, would end it.  So the handlers are wrapped: while Python runs, a
 * timer is armed that sends a signal of our own; its handler, in Python, raises
 * multicorn.utils.Interrupted if a cancel is still pending.  A class that looks
 * for itself (see multicorn.utils) has returned before the timer fires.
 *
 * statement_timeout and the like arrive as SIGINT, too.
 */
#include "minicorn.h"

#include <signal.h>
#include <time.h>

#include "miscadmin.h"

#define FIRST_AFTER_NS 250000000L	/* a quarter of a second */
#define THEN_EVERY_S 1

static volatile sig_atomic_t in_python = 0;
static volatile sig_atomic_t armed = 0;

static struct sigaction wrapped_int;
static struct sigaction wrapped_term;
static timer_t timer;

static void
arm(void)
{
	struct itimerspec when = {{THEN_EVERY_S, 0}, {0, FIRST_AFTER_NS}};

	armed = 1;
	timer_settime(timer, 0, &when, NULL);
}

static void
handle_signal(int signo)
{
	int			save_errno = errno;
	const struct sigaction *wrapped = signo == SIGINT ? &wrapped_int : &wrapped_term;

	if (wrapped->sa_handler != SIG_IGN && wrapped->sa_handler != SIG_DFL)
		wrapped->sa_handler(signo);
	if (in_python)
		arm();
	errno = save_errno;
}

static void
wrap(int signo, struct sigaction *wrapped)
{
	struct sigaction action;

	if (sigaction(signo, NULL, wrapped) != 0)
		ereport(ERROR, (errmsg("could not read a signal's handler: %m")));
	if (wrapped->sa_flags & SA_SIGINFO)
		ereport(ERROR, (errmsg("could not wrap a signal's handler")));
	action = *wrapped;
	action.sa_handler = handle_signal;
	if (sigaction(signo, &action, NULL) != 0)
		ereport(ERROR, (errmsg("could not set a signal's handler: %m")));
}

/* Wrap the handlers; return the signal that the timer sends. */
int
interrupt_start(void)
{
	struct sigevent event;
	int			signo = SIGRTMAX - 3;

	memset(&event, 0, sizeof(event));
	event.sigev_notify = SIGEV_SIGNAL;
	event.sigev_signo = signo;
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
		ereport(ERROR, (errmsg("could not create a timer: %m")));
	wrap(SIGINT, &wrapped_int);
	wrap(SIGTERM, &wrapped_term);
	return signo;
}

/* Python code is about to run. */
void
python_enter(void)
{
	in_python++;
	/* a cancel may have come since the last safe point */
	if (unlikely(interrupt_pending()))
		arm();
}

/* Python code has returned. */
void
python_leave(void)
{
	in_python--;
	if (unlikely(armed))
	{
		struct itimerspec never = {{0, 0}, {0, 0}};

		armed = 0;
		timer_settime(timer, 0, &never, NULL);
	}
}

/* Is a cancel or a termination waiting until the next safe point? */
bool
interrupt_pending(void)
{
	return InterruptPending && (QueryCancelPending || ProcDiePending);
}
