#!/bin/sh
# Installs what `make lib` has built: PREFIX and LIBDIR say where, DESTDIR says below which root.
set -eu
cd "$(dirname "$0")/.."
prefix=${PREFIX:-/usr/local}
libdir=${LIBDIR:-$prefix/lib}
built=${CARGO_TARGET_DIR:-target}/release
root=${DESTDIR:-}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
abi=$(sed -n 's/^#define PARLOR_ABI_VERSION \([0-9]*\).*/\1/p' include/parlor.h)
# What the archive needs of the system; `rustc --print native-static-libs` names it.
private="-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc"

mkdir -p "$root$libdir/pkgconfig" "$root$libdir/cmake/parlor" "$root$prefix/include/parlor"
cp include/parlor.h include/parlor.hpp "$root$prefix/include/"
# One header that went away must not stay behind from an older installation.
rm -f "$root$prefix"/include/parlor/*.hpp
cp include/parlor/*.hpp "$root$prefix/include/parlor/"
cp "$built/libparlor.a" "$root$libdir/"
if [ "$(uname)" = Darwin ]; then
    shared=libparlor.$abi.dylib soname=@rpath/libparlor.$abi.dylib
    private="-Wl,-framework,Security -Wl,-framework,CoreFoundation -liconv -lSystem -lm"
    cp "$built/libparlor.dylib" "$root$libdir/$shared"
    ln -sf "$shared" "$root$libdir/libparlor.dylib"
else
    shared=libparlor.so.$version soname=libparlor.so.$abi
    cp "$built/libparlor.so" "$root$libdir/$shared"
    ln -sf "$shared" "$root$libdir/$soname"
    ln -sf "$soname" "$root$libdir/libparlor.so"
fi
cat >"$root$libdir/pkgconfig/parlor.pc" <<PC
prefix=$prefix
libdir=$libdir
includedir=\${prefix}/include

Name: parlor
Description: An embeddable client for realtime conversational services
Version: $version
Libs: -L\${libdir} -lparlor
Libs.private: $private
Cflags: -I\${includedir}
PC

# The way from the folder of the CMake files to the headers: relative where both are below the prefix, so that the
# installation can be moved.
cmake=$libdir/cmake/parlor
case $cmake in
"$prefix"/*) include=\${CMAKE_CURRENT_LIST_DIR}/$(printf %s "${cmake#"$prefix"/}" | sed 's|[^/][^/]*|..|g')/include ;;
*) include=$prefix/include ;;
esac
pointer=$(($(getconf LONG_BIT) / 8))
for name in parlor-config parlor-config-version; do
    sed -e "s|@VERSION@|$version|g" -e "s|@INCLUDE@|$include|g" -e "s|@SHARED@|$shared|g" -e "s|@SONAME@|$soname|g" \
        -e "s|@POINTER@|$pointer|g" -e "s|@PRIVATE@|$(printf %s "$private" | tr ' ' ';')|g" \
        "bindings/cpp/cmake/$name.cmake.in" >"$root$cmake/$name.cmake"
done
echo "installed parlor $version below $root$prefix"
