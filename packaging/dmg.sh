#!/bin/sh
# From the bundled app to a disk image that opens without a warning. On a Mac, after `make bundle`:
#   packaging/dmg.sh [APP] [FOLDER]        dist/Aloud.app and dist unless told otherwise
# ALOUD_SIGNING_IDENTITY  "Developer ID Application: Name (TEAM)"; without it the app is signed ad hoc,
#                         for this Mac only: macOS then asks for the microphone again after every update
# ALOUD_NOTARY_PROFILE    what `xcrun notarytool store-credentials` was given as a name; without it
#                         nothing is sent to Apple
# ALOUD_DOWNLOADS         where the image will be fetched from; with it FOLDER/aloud.rb, a Homebrew cask, is written
set -eu
here=$(cd "$(dirname "$0")" && pwd)
app=${1:-dist/Aloud.app}
folder=${2:-dist}
identity=${ALOUD_SIGNING_IDENTITY:--}
profile=${ALOUD_NOTARY_PROFILE:-}

if [ "$(uname)" != Darwin ]; then
    echo "A disk image is made on a Mac." >&2
    exit 1
fi
if [ ! -d "$app/Contents" ]; then
    echo "There is no $app: run \`make bundle\` first." >&2
    exit 1
fi

sign() {
    if [ "$identity" = - ]; then stamp=--timestamp=none; else stamp=--timestamp; fi
    codesign --force --options runtime "$stamp" --sign "$identity" "$@"
}

notarise() {
    xcrun notarytool submit "$1" --keychain-profile "$profile" --wait
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

echo "Signing from the inside out"
# Whatever is code, deepest first; then the frameworks around it; the app, with its entitlements, last.
find "$app/Contents" -type f | awk -F/ '{ print NF "\t" $0 }' | sort -rn | cut -f2- >"$scratch/files"
while IFS= read -r file; do
    case $file in */Contents/MacOS/*) continue ;; esac
    case $(file -b "$file") in Mach-O*) sign "$file" ;; esac
done <"$scratch/files"
find "$app/Contents" -type d -name '*.framework' | awk -F/ '{ print NF "\t" $0 }' | sort -rn | cut -f2- \
    >"$scratch/frameworks"
while IFS= read -r framework; do sign "$framework"; done <"$scratch/frameworks"
sign --entitlements "$here/entitlements.plist" "$app"
codesign --verify --deep --strict "$app"

echo "Checking the signed app"
"$app/Contents/MacOS/Aloud" --selftest

if [ -n "$profile" ]; then
    echo "Having Apple look at the app"
    ditto -c -k --keepParent "$app" "$scratch/Aloud.zip"
    notarise "$scratch/Aloud.zip"
    xcrun stapler staple "$app"
fi

version=$(/usr/libexec/PlistBuddy -c "Print :CFBundleShortVersionString" "$app/Contents/Info.plist")
image=$folder/Aloud-$version.dmg
echo "Making $image"
mkdir "$scratch/image"
ditto "$app" "$scratch/image/Aloud.app"
ln -s /Applications "$scratch/image/Applications"
rm -f "$image"
hdiutil create -quiet -volname Aloud -srcfolder "$scratch/image" -fs HFS+ -format ULMO "$image"
if [ "$identity" != - ]; then codesign --force --timestamp --sign "$identity" "$image"; fi
if [ -n "$profile" ]; then
    notarise "$image"
    xcrun stapler staple "$image"
    spctl --assess --type open --context context:primary-signature "$image"
else
    echo "Not notarised: on another Mac it opens only by System Settings, Privacy & Security, Open Anyway."
fi

if [ -n "${ALOUD_DOWNLOADS:-}" ]; then
    sum=$(shasum -a 256 "$image" | cut -d' ' -f1)
    sed -e "s|@VERSION@|$version|" -e "s|@SHA256@|$sum|" -e "s|@DOWNLOADS@|$ALOUD_DOWNLOADS|" \
        "$here/homebrew/aloud.rb.in" >"$folder/aloud.rb"
fi
