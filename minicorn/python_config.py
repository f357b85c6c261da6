"""Print how to compile ("cflags") or link ("libs") for the Python that runs this."""

import sys
import sysconfig


def main(what: str) -> str:
    """Return the arguments of the compiler or the linker. Exits if this Python cannot be embedded."""
    variable = sysconfig.get_config_var
    if not variable("Py_ENABLE_SHARED"):
        raise SystemExit(f"{sys.executable} has no shared library: use the system's /usr/bin/python3")
    if what == "cflags":
        return f"-I{sysconfig.get_path('include')} '-DMINICORN_PYTHON=\"{sys.executable}\"'"
    library = f"python{variable('LDVERSION')}"
    return f"-L{variable('LIBDIR')} -Wl,-rpath,{variable('LIBDIR')} -l{library}"


print(main(sys.argv[1]))
