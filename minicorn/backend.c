/*
 * backend.c: the module _minicorn: messages and pending cancels for Python.
 *
 * multicorn.utils calls the module's functions, with Python frames on the
 * stack: none of them may jump.  An error that PostgreSQL raises there is
 * stored, and is raised when Python has returned.
 */
#include "backend.h"

#include <pthread.h>

#include "interrupt.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

static pthread_t main_thread;

static bool message_failed = false; /* in the call that runs now */
static ErrorData *message_error = NULL; /* the last one, even if it was raised */

/*
 * Send a message without ever jumping.  Returns false and stores the error if
 * PostgreSQL cannot send it: a character that the client's encoding does not
 * have is an error, for example.
 */
bool
backend_send(int elevel, const char *message, const char *detail, const char *hint)
{
	MemoryContext context = CurrentMemoryContext;
	uint32		holdoff = InterruptHoldoffCount;
	uint32		cancel_holdoff = QueryCancelHoldoffCount;
	volatile bool sent = true;

	PG_TRY();
	{
		/*
		 * errfinish() would act on a cancel, and jump.  A termination does
		 * not jump: it must be able to end a wait for the client.
		 */
		HOLD_CANCEL_INTERRUPTS();
		ereport(elevel,
				(errmsg_internal("%s", message),
				 detail ? errdetail_internal("%s", detail) : 0,
				 hint ? errhint("%s", hint) : 0));
		RESUME_CANCEL_INTERRUPTS();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(TopMemoryContext);
		if (message_error != NULL)
			FreeErrorData(message_error);
		message_error = CopyErrorData();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		InterruptHoldoffCount = holdoff;
		QueryCancelHoldoffCount = cancel_holdoff;
		message_failed = true;
		sent = false;
	}
	PG_END_TRY();
	return sent;
}

/* log(level, message, detail, hint): a level of Python's logging below ERROR */
static PyObject *
log_message(PyObject *self, PyObject *args)
{
	int			level;
	const char *message;
	const char *detail;
	const char *hint;

	if (!PyArg_ParseTuple(args, "iszz", &level, &message, &detail, &hint))
		return NULL;
	if (!pthread_equal(pthread_self(), main_thread))
		PyErr_SetString(PyExc_RuntimeError,
						"messages can be sent only by the backend's own thread");
	else if (backend_send(level < 20 ? DEBUG1 : level < 30 ? NOTICE : WARNING,
						  message, detail, hint))
		Py_RETURN_NONE;
	else
		PyErr_SetString(PyExc_RuntimeError, "the message could not be sent");
	return NULL;
}

static PyObject *
is_interrupt_pending(PyObject *self, PyObject *args)
{
	return PyBool_FromLong(interrupt_pending());
}

static PyObject *
is_utf8(PyObject *self, PyObject *args)
{
	return PyBool_FromLong(GetDatabaseEncoding() == PG_UTF8);
}

static PyMethodDef functions[] = {
	{"log", log_message, METH_VARARGS, "Send a message."},
	{"interrupt_pending", is_interrupt_pending, METH_NOARGS, "Is a cancel pending?"},
	{"utf8", is_utf8, METH_NOARGS, "Is the database's encoding UTF8?"},
	{NULL, NULL, 0, NULL}
};

static PyModuleDef module = {
	PyModuleDef_HEAD_INIT, "_minicorn", "The backend, for multicorn.utils.", -1, functions
};

/* The module: a new reference, or NULL with an exception set. */
PyObject *
backend_module(void)
{
	main_thread = pthread_self();
	return PyModule_Create(&module);
}

/* Forget an error of an earlier call, before Python is called. */
void
backend_forget_error(void)
{
	message_failed = false;
}

/*
 * Raise the error that the sending of a message ended in, even if the class has
 * swallowed it and returned a result, which is released.
 */
void
backend_raise_error(PyObject *result)
{
	if (likely(!message_failed))
		return;
	python_enter();
	PyErr_Clear();
	Py_XDECREF(result);
	python_leave();
	message_failed = false;
	ReThrowError(message_error);
}
