"""A graphics context without a display: EGL by ctypes, on a GPU's own device or on Mesa's software renderer.

Needs `libEGL.so.1` and a driver; a bare Debian has neither (`apt-get install libegl1 libgl1`). The context belongs to
the thread that opened it. Constants are those of the EGL 1.5 registry and of the extensions named beside them.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from ctypes import CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_uint, c_void_p
from typing import Any, Final

from shared.errors import KeylightError

__all__ = ["HeadlessContext"]

_EXTENSIONS: Final = 0x3055
_PLATFORM_DEVICE: Final = 0x313F  # EGL_EXT_platform_device
_PLATFORM_SURFACELESS: Final = 0x31DD  # EGL_MESA_platform_surfaceless
_NONE: Final = 0x3038
#: API, bit of EGL_RENDERABLE_TYPE, attributes of a context: OpenGL 3.3, then OpenGL ES 3.
_APIS: Final = (
    (0x30A2, 0x0008, (0x3098, 3, 0x30FB, 3, _NONE)),
    (0x30A0, 0x0040, (0x3098, 3, _NONE)),
)
#: EGL_SURFACE_TYPE is pbuffer; red, green, blue and alpha of 8 bits.
_CONFIG: Final = (0x3033, 0x1, 0x3024, 8, 0x3023, 8, 0x3022, 8, 0x3021, 8)
_PBUFFER: Final = (0x3057, 16, 0x3056, 16, _NONE)
_VENDOR: Final = 0x1F00
_RENDERER: Final = 0x1F01
_MOST_DEVICES: Final = 16

_ARGUMENTS: Final[dict[str, tuple[Any, ...]]] = {
    "eglBindAPI": (c_uint,),
    "eglChooseConfig": (c_void_p, POINTER(c_int), POINTER(c_void_p), c_int, POINTER(c_int)),
    "eglCreateContext": (c_void_p, c_void_p, c_void_p, POINTER(c_int)),
    "eglCreatePbufferSurface": (c_void_p, c_void_p, POINTER(c_int)),
    "eglDestroyContext": (c_void_p, c_void_p),
    "eglDestroySurface": (c_void_p, c_void_p),
    "eglGetError": (),
    "eglGetProcAddress": (c_char_p,),
    "eglInitialize": (c_void_p, POINTER(c_int), POINTER(c_int)),
    "eglMakeCurrent": (c_void_p, c_void_p, c_void_p, c_void_p),
    "eglQueryString": (c_void_p, c_int),
}
_RESULTS: Final = {
    "eglCreateContext": c_void_p,
    "eglCreatePbufferSurface": c_void_p,
    "eglGetProcAddress": c_void_p,
    "eglQueryString": c_char_p,
}


class HeadlessContext:
    """An OpenGL context, current in this thread until `close`. renderer: "vendor, renderer" as the driver says.

    Raises `KeylightError`, which says what was tried, where none opens.
    """

    def __init__(self) -> None:
        self._egl = _library()
        self._display, self._context, self._surface = 0, 0, 0
        tried: list[str] = []
        if not any(self._open(display, name, tried) for display, name in self._displays(tried)):
            raise KeylightError(f"Expected a graphics driver for EGL, found none that opens: {'; '.join(tried)}.")
        self.renderer = ", ".join(self._gl_string(which) for which in (_VENDOR, _RENDERER))

    @property
    def software(self) -> bool:
        """Whether it is drawn by the processor after all, more slowly than Skia does by itself."""
        return any(word in self.renderer.lower() for word in ("llvmpipe", "softpipe", "swiftshader", "swrast"))

    def close(self) -> None:
        """Give it back; what was drawn with it is lost."""
        if self._context:
            self._egl.eglMakeCurrent(self._display, None, None, None)
            if self._surface:
                self._egl.eglDestroySurface(self._display, self._surface)
            self._egl.eglDestroyContext(self._display, self._context)
        self._context = self._surface = 0

    def _displays(self, tried: list[str]) -> Iterator[tuple[int, str]]:
        """Graphics devices, then Mesa without one."""
        egl = self._egl
        known = (egl.eglQueryString(None, _EXTENSIONS) or b"").decode()
        get = self._function("eglGetPlatformDisplayEXT", c_void_p, c_uint, c_void_p, POINTER(c_int))
        if get is None:
            tried.append("EGL is too old for a context without a display")
            return
        if "EGL_EXT_device" in known:
            query = self._function("eglQueryDevicesEXT", c_uint, c_int, POINTER(c_void_p), POINTER(c_int))
            devices, count = (c_void_p * _MOST_DEVICES)(), c_int()
            if query is not None and query(_MOST_DEVICES, devices, byref(count)):
                for at in range(count.value):
                    yield get(_PLATFORM_DEVICE, devices[at], None) or 0, f"device {at}"
        if "EGL_MESA_platform_surfaceless" in known:
            yield get(_PLATFORM_SURFACELESS, None, None) or 0, "surfaceless"

    def _open(self, display: int, name: str, tried: list[str]) -> bool:
        if not display or not self._egl.eglInitialize(display, byref(c_int()), byref(c_int())):
            tried.append(f"{name}: no display ({self._error()})")
            return False
        for api, bit, attributes in _APIS:
            self._egl.eglBindAPI(api)
            config, count = (c_void_p * 1)(), c_int()
            wanted = _ints(*_CONFIG, 0x3040, bit, _NONE)
            if not self._egl.eglChooseConfig(display, wanted, config, 1, byref(count)) or not count.value:
                tried.append(f"{name}: no configuration ({self._error()})")
                continue
            context = self._egl.eglCreateContext(display, config[0], None, _ints(*attributes))
            if not context:
                tried.append(f"{name}: no context ({self._error()})")
                continue
            self._display, self._context = display, context
            if self._make_current(config[0]):
                return True
            tried.append(f"{name}: the context is refused ({self._error()})")
            self.close()
        return False

    def _make_current(self, config: int | None) -> bool:
        """Without a surface (EGL_KHR_surfaceless_context), else with a small one that nobody sees."""
        if self._egl.eglMakeCurrent(self._display, None, None, self._context):
            return True
        self._surface = self._egl.eglCreatePbufferSurface(self._display, config, _ints(*_PBUFFER)) or 0
        current = self._egl.eglMakeCurrent(self._display, self._surface, self._surface, self._context)
        return bool(self._surface and current)

    def _function(self, name: str, *types: Any) -> Any:
        address = self._egl.eglGetProcAddress(name.encode())
        return CFUNCTYPE(*types)(address) if address else None

    def _gl_string(self, which: int) -> str:
        get = self._function("glGetString", c_char_p, c_uint)
        return (get(which) or b"").decode(errors="replace") if get is not None else ""

    def _error(self) -> str:
        return f"EGL error {self._egl.eglGetError():#x}"


def _library() -> Any:
    try:
        egl = ctypes.CDLL("libEGL.so.1")
    except OSError as failure:
        raise KeylightError("Expected libEGL.so.1 to draw on a GPU; Debian has it in libegl1 and libgl1.") from failure
    for name, types in _ARGUMENTS.items():
        function = getattr(egl, name)
        function.argtypes = types
        function.restype = _RESULTS.get(name, c_int)
    return egl


def _ints(*values: int) -> Any:
    return (c_int * len(values))(*values)
