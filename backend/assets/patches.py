"""Our changes to what comes from elsewhere: plain replacements of a text that must be found exactly once.

`no-eval`: essentia.js 0.1.3 was linked by an Emscripten whose embind writes its call wrappers as JavaScript text and
compiles them by `new Function`, so a page could only load it with 'unsafe-eval' in its policy. The patch puts the
same wrappers there as closures, as Emscripten's own -sDYNAMIC_EXECUTION=0 does; what stood there stays below, never
reached. `tests/backend/assets/test_patches.py` compares both on the same audio.

`es-module`: canvaskit.js is a script that names a global; a module worker can only import it when it exports.
"""

from __future__ import annotations

from typing import Final

from backend.assets.lock import AssetError

__all__ = ["PATCHES", "apply_patch"]


def _before(anchor: str, ours: str) -> tuple[str, str]:
    return anchor, ours + anchor


_NO_EVAL: Final = (
    _before(
        'return new Function("body","return function "+name+"() {\\n"',
        'return Object.defineProperty(function(){"use strict";return body.apply(this,arguments)},"name",{value:name});',
    ),
    _before(
        'var args=[];for(var i=1;i<signature.length;++i){args.push("a"+i)}var name="dynCall_"',
        "return function(...given){return dynCall(rawFunction,...given)};",
    ),
    _before(
        'var returns=argTypes[0].name!=="void";var argsList="";var argsListWired="";',
        """\
var expected=argCount-2;return function(...given){
  if(given.length!==expected){
    throwBindingError("function "+humanName+" called with "+given.length+" arguments, expected "+expected+" args!")
  }
  var destructors=needsDestructorStack?[]:null;
  var wired=given.map((value,index)=>argTypes[index+2]["toWireType"](destructors,value));
  if(isClassMethodFunc){wired.unshift(argTypes[1]["toWireType"](destructors,this))}
  var result=cppInvokerFunc(cppTargetFunc,...wired);
  if(needsDestructorStack){runDestructors(destructors)}else{
    argTypes.slice(isClassMethodFunc?1:2).forEach((type,index)=>{
      if(type.destructorFunction!==null){type.destructorFunction(wired[index])}
    })
  }
  if(argTypes[0].name!=="void"){return argTypes[0]["fromWireType"](result)}
};
""",
    ),
    _before(
        'var params=["retType"];var args=[retType];var argsList="";for(var i=0;i<argCount-1;++i)',
        """\
var rest=types.slice(1);return __emval_addMethodCaller(function(handle,name,destructors,args){
  var given=rest.map(type=>{
    var value=type["readValueFromPointer"](args);args+=type["argPackAdvance"];return value
  });
  var result=handle[name](...given);
  rest.forEach((type,index)=>{if(type["deleteObject"]){type["deleteObject"](given[index])}});
  if(!retType.isVoid){return retType["toWireType"](destructors,result)}
});
""",
    ),
    _before(
        'var argsList="";for(var i=0;i<argCount;++i){argsList+=(i!==0?", ":"")+"arg"+i}'
        + 'var functionBody="return function emval',
        """\
return function(constructor,argTypes,args){
  var given=[];for(var i=0;i<argCount;++i){
    var type=requireRegisteredType(Module["HEAP32"][(argTypes>>>2)+i],"parameter "+i);
    given.push(type["readValueFromPointer"](args));args+=type["argPackAdvance"]
  }
  return __emval_register(new constructor(...given))
};
""",
    ),
)

_ES_MODULE: Final = (
    _before("if (typeof exports === 'object' && typeof module === 'object') {", "export default CanvasKitInit;\n"),
)

#: Name → (text at the source, our text) pairs. A changed patch takes a new name, since the name is in the address.
PATCHES: Final[dict[str, tuple[tuple[str, str], ...]]] = {"es-module": _ES_MODULE, "no-eval": _NO_EVAL}


def apply_patch(name: str, content: bytes, *, where: str) -> bytes:
    """Apply the patch `name`; raises `AssetError` when a text to replace is not there exactly once."""
    if name not in PATCHES:
        raise AssetError(f"{where}: expected a patch out of {sorted(PATCHES)}, got {name!r}")
    text = content.decode()
    for old, new in PATCHES[name]:
        if text.count(old) != 1:
            raise AssetError(f"{where}: patch {name!r}: expected once, got {text.count(old)} times: {old[:80]!r}")
        text = text.replace(old, new)
    return text.encode()
