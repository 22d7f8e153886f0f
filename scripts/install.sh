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

mkdir -p "$root$libdir/pkgconfig" "$root$prefix/include"
cp include/parlor.h "$root$prefix/include/"
[ -f include/parlor.hpp ] && cp include/parlor.hpp "$root$prefix/include/"
cp "$built/libparlor.a" "$root$libdir/"
if [ "$(uname)" = Darwin ]; then
    cp "$built/libparlor.dylib" "$root$libdir/libparlor.$abi.dylib"
    ln -sf "libparlor.$abi.dylib" "$root$libdir/libparlor.dylib"
else
    cp "$built/libparlor.so" "$root$libdir/libparlor.so.$version"
    ln -sf "libparlor.so.$version" "$root$libdir/libparlor.so.$abi"
    ln -sf "libparlor.so.$abi" "$root$libdir/libparlor.so"
fi
cat >"$root$libdir/pkgconfig/parlor.pc" <<PC
prefix=$prefix
libdir=$libdir
includedir=\${prefix}/include

Name: parlor
Description: An embeddable client for realtime conversational services
Version: $version
Libs: -L\${libdir} -lparlor
Libs.private: -lgcc_s -lutil -lrt -lpthread -lm -ldl -lc
Cflags: -I\${includedir}
PC
echo "installed parlor $version below $root$prefix"
