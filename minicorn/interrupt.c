/*
 * interrupt.c: a cancel that reaches Python code that does not check for one.
 *
 * PostgreSQL's handlers of SIGINT and SIGTERM only set flags.  Python code that
 * loops or sleeps never sees them, and only kill -9, which restarts the server,
 * would end it.  So the handlers are wrapped: while Python runs, they arm a
 * timer, which sends another signal; its handler, in Python, raises
 * multicorn.utils.Interrupted if a cancel is still pending.  A class that checks
 * for interrupts (see multicorn.utils) has returned before the timer fires.
 *
 * statement_timeout also arrives as SIGINT.
 */
#include "interrupt.h"

#include <signal.h>
#include <time.h>

#include "executor/spi.h"
#include "miscadmin.h"

#define FIRST_AFTER_NS 250000000L	/* a quarter of a second */
#define THEN_EVERY_S 1

static volatile sig_atomic_t in_python = 0;
static volatile sig_atomic_t armed = 0;
static bool shared_interpreter = false; /* is it PL/Python's, too? */

/* SIGALRM is for transaction_timeout, which sets its own flag */
static const int signals[] = {SIGINT, SIGTERM, SIGALRM};
static struct sigaction wrapped[lengthof(signals)];
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
	int			i;

	for (i = 0; i < (int) lengthof(signals); i++)
	{
		if (signals[i] == signo && wrapped[i].sa_handler != SIG_IGN &&
			wrapped[i].sa_handler != SIG_DFL)
			wrapped[i].sa_handler(signo);
	}
	if (in_python)
		arm();
	errno = save_errno;
}

/*
 * Wrap the handlers, once.  Returns the signal that the timer sends.  shared:
 * whether the interpreter is PL/Python's, too.
 */
int
interrupt_start(bool shared)
{
	static int	signo = 0;
	struct sigevent event;
	int			i;

	shared_interpreter = shared;
	if (signo != 0)
		return signo;
	/* its default action would end the process before Python handles it */
	signal(SIGRTMAX - 3, SIG_IGN);
	memset(&event, 0, sizeof(event));
	event.sigev_notify = SIGEV_SIGNAL;
	event.sigev_signo = SIGRTMAX - 3;
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
		ereport(ERROR, (errmsg("could not create a timer: %m")));
	signo = SIGRTMAX - 3;

	for (i = 0; i < (int) lengthof(signals); i++)
	{
		struct sigaction action;

		if (sigaction(signals[i], NULL, &wrapped[i]) != 0 || (wrapped[i].sa_flags & SA_SIGINFO))
			continue;			/* not one of PostgreSQL's */
		action = wrapped[i];
		action.sa_handler = handle_signal;
		sigaction(signals[i], &action, NULL);
	}
	return signo;
}

/* Is Python code running?  Then it has called PostgreSQL. */
bool
interrupt_in_python(void)
{
	return in_python > 0;
}

/*
 * Python code is about to run.  Where the interpreter is PL/Python's, a class
 * can call plpy, which uses the current SPI connection: that must not be the
 * one of a function that waits for this scan.
 */
void
python_enter(void)
{
	if (unlikely(shared_interpreter))
		SPI_connect();
	in_python++;
	/* a cancel may have arrived since the last CHECK_FOR_INTERRUPTS() */
	if (unlikely(interrupt_pending()))
		arm();
}

/* Python code has returned. */
void
python_leave(void)
{
	in_python--;
	if (unlikely(armed) && in_python == 0)
	{
		struct itimerspec never = {{0, 0}, {0, 0}};

		armed = 0;
		timer_settime(timer, 0, &never, NULL);
	}
	if (unlikely(shared_interpreter))
		SPI_finish();
}

/* Will the next CHECK_FOR_INTERRUPTS() cancel or terminate? */
bool
interrupt_pending(void)
{
#if PG_VERSION_NUM >= 170000
	if (TransactionTimeoutPending)
		return true;
#endif
	return InterruptPending && (QueryCancelPending || ProcDiePending);
}
