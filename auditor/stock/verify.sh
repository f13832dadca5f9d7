#!/usr/bin/env bash
# Checks the sessions of this bundle with stock tools; VERIFY.md says what each line proves.
# Needs bash, coreutils, sed, awk, grep, ssh-keygen (OpenSSH 9), openssl 3; with --identity also age and ffprobe.
#
#   ./verify.sh [--root SHA256:…] [--identity FILE]
#
# --root      the fingerprint of the organisation's root key, from a source that you trust
# --identity  your age identity, with which the session's keys can be opened
set -euo pipefail
export LC_ALL=C TZ=UTC

root="" identity=""
while [ $# -gt 0 ]; do
  case $1 in
    --root) root=$2; shift 2 ;;
    --identity) identity=$(realpath "$2"); shift 2 ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
cd "$(dirname "$(realpath "$0")")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() { echo "FAILED  $*" >&2; exit 1; }
good() { echo "ok      $*"; }
note() { echo "note    $*"; }
digest() { sha256sum "$@" | cut -c1-64; }
have() { [ -f "$1" ] || fail "$1 is missing"; }

# signed FILE SIGNATURE NAMESPACE SIGNER SIGNERS [option…]
signed() {
  local file=$1 signature=$2 namespace=$3 signer=$4 signers=$5
  shift 5
  have "$signature"
  ssh-keygen -Y verify "$@" -f "$signers" -I "$signer" -n "$namespace" -s "$signature" < "$file" > "$scratch/said" 2>&1
}

# text NAME < JSON: the first value with this name that is a text; number NAME: that is a number
text() { sed -n "s/.*[{,]\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1; }
number() { sed -n "s/.*[{,]\"$1\":\([0-9]*\)[,}].*/\1/p" | head -n 1; }
bytes() { local hexadecimal=$1; printf "$(printf '%s' "$hexadecimal" | sed 's/../\\x&/g')"; }
node() { { printf '\001'; bytes "$1$2"; } | digest; }

# ---------------------------------------------------------------- whom to believe
allowed=trust/allowed_signers
for name in allowed_signers profile.toml profile.toml.sig krl krl.sig log.vkey log.pem auditors.txt; do have "trust/$name"; done
sed -n 's/^root [^ ]* //p' "$allowed" > "$scratch/root.pub"
found=$(ssh-keygen -lf "$scratch/root.pub" | cut -d' ' -f2) || fail "$allowed names no root"
if [ -z "$root" ]; then
  note "root $found: compare it with the one that the organisation has given you (--root)"
else
  [ "$found" = "$root" ] || fail "the bundle is under root $found, not $root"
fi
signed trust/profile.toml trust/profile.toml.sig profile@byleave root "$allowed" || fail "the root did not sign the profile"
good "the root has signed the profile"

# Keys that may sign must stand in the profile; the root alone stands nowhere else.
awk '!/^root / { print $NF }' "$allowed" | sort -u | while read -r key; do
  grep -qF "ssh-ed25519 $key" trust/profile.toml || fail "$allowed names a key that is not in the profile"
done
grep -qxF "log_key = \"$(cat trust/log.vkey)\"" trust/profile.toml || fail "trust/log.vkey is not the profile's"
sed -n 's/^recipient = "\(.*\)"$/\1/p' trust/profile.toml | cmp -s - trust/auditors.txt ||
  fail "trust/auditors.txt names others than the profile"
cut -d+ -f3- trust/log.vkey | base64 -d | tail -c 32 > "$scratch/log.raw"
openssl pkey -pubin -in trust/log.pem -outform DER 2> "$scratch/said" | tail -c 32 | cmp -s - "$scratch/log.raw" ||
  fail "trust/log.pem is not the key of trust/log.vkey"
signed trust/krl trust/krl.sig krl@byleave status "$allowed" || fail "the status key did not sign the revocation list"
made=$(ssh-keygen -Q -l -f trust/krl | sed -n 's/^# Generated at \(....\)\(..\)\(..\)T\(..\)\(..\)\(..\)$/\1-\2-\3 \4:\5:\6/p')
made=$(date -u -d "$made" +%s)
good "the status key has signed the revocation list of $(date -u -d "@$made" '+%F %T') UTC"

# ---------------------------------------------------------------- the log's checkpoint
have log/checkpoint
sed -n '1,/^$/p' log/checkpoint | sed '$d' > "$scratch/tree"
name=$(cut -d+ -f1 trust/log.vkey)
sed '1,/^$/d' log/checkpoint | awk -v name="$name" '$1 == "—" && $2 == name { print $3; exit }' | base64 -d > "$scratch/note" ||
  fail "the log did not sign its checkpoint"
[ "$(head -c 4 "$scratch/note" | od -An -v -tx1 | tr -d ' \n')" = "$(cut -d+ -f2 trust/log.vkey)" ] ||
  fail "the log did not sign its checkpoint"
tail -c +5 "$scratch/note" > "$scratch/tree.sig"
openssl pkeyutl -verify -pubin -inkey trust/log.pem -rawin -in "$scratch/tree" -sigfile "$scratch/tree.sig" > "$scratch/said" 2>&1 ||
  fail "the log did not sign its checkpoint"
[ "$(sed -n 1p "$scratch/tree")" = "$name" ] || fail "the checkpoint is another log's"
size=$(sed -n 2p "$scratch/tree")
tree=$(sed -n 3p "$scratch/tree" | base64 -d | od -An -v -tx1 | tr -d ' \n')
good "the log has signed its checkpoint of $size leaves"

# path LEVEL INDEX WIDTH: where a tile is (C2SP tlog-tiles)
path() {
  local rest=$(($2 / 1000)) name
  name=$(printf %03d $(($2 % 1000)))
  while [ "$rest" -gt 0 ]; do name=$(printf 'x%03d/%s' $((rest % 1000)) "$name") rest=$((rest / 1000)); done
  if [ "$3" -lt 256 ]; then name="$name.p/$3"; fi
  echo "log/tile/$1/$name"
}

# fold HASH…: the root over a complete subtree, whose hashes these are
fold() {
  local above
  while [ $# -gt 1 ]; do
    above=()
    while [ $# -gt 0 ]; do above+=("$(node "$1" "$2")"); shift 2; done
    set -- "${above[@]}"
  done
  echo "$1"
}

# hashes FILE: those of a tile, a line each
hashes() { od -An -v -w32 -tx1 "$1" | tr -d ' '; }

# The tiles at the ragged edge give the root itself; every other tile is one hash of the tile above it.
check_tiles() {
  local level=0 filled width bit offset file tile peaks=() reached index place below
  while [ $((size >> 8 * (level + 1))) -gt 0 ]; do level=$((level + 1)); done
  for (( ; level >= 0; level--)); do
    filled=$((size >> 8 * level)) width=$((filled % 256)) offset=0
    [ "$width" -gt 0 ] || continue
    file=$(path "$level" $((filled / 256)) "$width")
    have "$file"
    mapfile -t tile < <(hashes "$file")
    for bit in 128 64 32 16 8 4 2 1; do
      [ $((width & bit)) -gt 0 ] || continue
      peaks+=("$(fold "${tile[@]:offset:bit}")")
      offset=$((offset + bit))
    done
  done
  reached=${peaks[-1]}
  for ((place = ${#peaks[@]} - 2; place >= 0; place--)); do reached=$(node "${peaks[place]}" "$reached"); done
  [ "$reached" = "$tree" ] || fail "the log's tiles do not lead to the root of its checkpoint"
  while read -r file; do
    level=$(cut -d/ -f3 <<< "$file")
    width=256
    if [[ $file == *.p/* ]]; then width=${file##*.p/}; fi
    index=$((10#$(cut -d/ -f4- <<< "${file%.p/*}" | tr -d 'x/')))
    below=$([ "$level" = entries ] && echo 0 || echo "$level")
    filled=$(((size >> 8 * below) - index * 256))
    tile=$(path "$below" "$index" $((filled < 256 ? filled : 256)))
    have "$tile"
    if [ "$level" = entries ]; then
      [ "$(entries "$file" "$width" | while read -r offset bit; do
        { printf '\000'; tail -c +$((offset + 1)) "$file" | head -c "$bit"; } | digest
      done)" = "$(hashes "$tile" | head -n "$width")" ] || fail "$file: these are not the log's entries"
    elif [ "$width" = 256 ]; then
      filled=$(((size >> 8 * (level + 1)) - index / 256 * 256))
      place=$(path $((level + 1)) $((index / 256)) $((filled < 256 ? filled : 256)))
      mapfile -t tile < <(hashes "$file")
      [ "$(fold "${tile[@]}")" = "$(hashes "$place" | sed -n "$((index % 256 + 1))p")" ] || fail "$file is not part of the log"
    else
      cmp -s -n $((width * 32)) "$file" "$tile" || fail "$file is not part of the log"
    fi
  done < <(find log/tile -type f | sort)
}

# entries FILE COUNT: offset and length of each entry in a bundle of entries
entries() {
  local offset=0 count length
  for ((count = 0; count < $2; count++)); do
    length=$(tail -c +$((offset + 1)) "$1" | head -c 2 | od -An -tu1 | awk '{ print $1 * 256 + $2 }')
    echo "$((offset + 2)) $length"
    offset=$((offset + 2 + length))
  done
}
if [ -d log/tile ]; then
  check_tiles
  good "the log's tiles that are here lead to the root of that checkpoint"
fi

# included PATH LEAF-FILE: RFC 9162, section 2.1.3.2; sets `index`
included() {
  local line proof last reached sibling place
  line=$(grep -F "\"$1\": " log/proofs.json) || fail "$1: no proof that the log holds it"
  index=$(printf '%s' "$line" | sed -n 's/.*"index": \([0-9]*\).*/\1/p')
  proof=$(printf '%s' "$line" | sed 's/.*"proof": \[//' | grep -o '[0-9a-f]\{64\}' || true)
  [ "$index" -lt "$size" ] || fail "$1: the log has no leaf $index"
  place=$index last=$((size - 1))
  reached=$({ printf '\000'; cat "$2"; } | digest)
  for sibling in $proof; do
    [ "$last" -gt 0 ] || fail "$1: the proof is too long"
    if [ $((place & 1)) = 1 ] || [ "$place" = "$last" ]; then
      reached=$(node "$sibling" "$reached")
      while [ "$place" -gt 0 ] && [ $((place & 1)) = 0 ]; do place=$((place >> 1)) last=$((last >> 1)); done
    else
      reached=$(node "$reached" "$sibling")
    fi
    place=$((place >> 1)) last=$((last >> 1))
  done
  [ "$last" = 0 ] && [ "$reached" = "$tree" ] || fail "$1: the log does not hold it"
}

# certified FILE SIGNATURE NAMESPACE KIND: a signature by certificate, at the time that the statement names
certified() {
  local seconds when who
  seconds=$(($(number t0 < "$1") / 1000))
  when=$(date -u -d "@$seconds" +%Y%m%d%H%M%S)
  have "$2"
  # The certificate says who signed; ssh-keygen checks that it is so.
  who=$(container "$2" | grep -a -o "$4:[0-9][0-9]*" | tail -n 1) || fail "$2: it is not made with a certificate"
  signed "$1" "$2" "$3" "$who" "$allowed" -Overify-time="$when" -r trust/krl && return
  signed "$1" "$2" "$3" "$who" "$allowed" -Overify-time="$when" || fail "$2: $(tail -n 1 "$scratch/said")"
  [ "$made" -gt $((seconds + 900)) ] || fail "$2: the certificate was revoked"
  note "$2: revoked in a list that was made after the session"
}

# own_leaf LEAF SIGNATURE CERTIFIED: a leaf signed with the bare key of the certificate inside another signature
own_leaf() {
  local key certificate
  key="ssh-ed25519 $(container "$2" | base64 -w0)"
  certificate="ssh-ed25519-cert-v01@openssh.com $(container "$3" | base64 -w0)"
  # A certificate has the fingerprint of its key.
  [ "$(ssh-keygen -lf - <<< "$key" | cut -d' ' -f2)" = "$(ssh-keygen -lf - <<< "$certificate" | cut -d' ' -f2)" ] ||
    fail "${3%.json.sig}.leaf: it is not signed with the key that signed the statement"
  echo "custodian namespaces=\"leaf@byleave\" $key" > "$scratch/custodian"
  signed "$1" "$2" leaf@byleave custodian "$scratch/custodian" || fail "${3%.json.sig}.leaf: $(tail -n 1 "$scratch/said")"
}

# container SIGNATURE: who signed, inside an SSHSIG: a key or a certificate
container() {
  local length
  sed '/^-----/d' "$1" | base64 -d > "$scratch/sshsig"
  length=$(tail -c +11 "$scratch/sshsig" | head -c 4 | od -An -tu1 | awk '{ print (($1 * 256 + $2) * 256 + $3) * 256 + $4 }')
  tail -c +15 "$scratch/sshsig" | head -c "$length"
}

# ---------------------------------------------------------------- one session's statements
check_session() {
  local sid=$1 here="sessions/$1" previous="" number=0 kind="" file stem leaf allowed_yet=no last_index=-1 first_index="" certificate
  have "$here/allowed_signers"
  awk 'NR == 1 { print $NF }' "$here/allowed_signers" | base64 -d > "$scratch/session.blob"
  [ "$(wc -l < "$here/allowed_signers")" = 1 ] && [ "$(digest "$scratch/session.blob")" = "$sid" ] ||
    fail "$here/allowed_signers: the session is not named after this key"
  certificate=$(text certificate < "$here/seg/000000.json")
  : > "$scratch/objects"
  : > "$scratch/leaves"
  for file in "$here"/seg/[0-9][0-9][0-9][0-9][0-9][0-9].json; do
    stem=${file%.json}
    [ "$(basename "$stem")" = "$(printf %06d "$number")" ] || fail "$here: statement $number is missing"
    [ "$kind" != close ] || fail "$file: a statement after close"
    kind=$(text type < "$file")
    [ "$(text sid < "$file")" = "$sid" ] && [ "$(number seq < "$file")" = "$number" ] || fail "$file: it is not statement $number of this session"
    [ "$(text prev < "$file")" = "$previous" ] || fail "$file: it does not follow the statement before"
    [ "$([ "$kind" = open ] && echo 0 || echo "$number")" = "$number" ] || fail "$file: open is not the first statement"
    signed "$file" "$file.sig" segment@byleave session "$here/allowed_signers" || fail "$file: not signed by the session key"
    previous=$(digest "$file")

    case $kind in
      segment) [ $allowed_yet = yes ] || fail "$file: recorded before the person had allowed anything" ;;
      consent) if [ "$(text event < "$file")" = allowed ]; then allowed_yet=yes; fi ;;
    esac
    case $kind in
      open | consent | close)
        if [ -f "$file.technician.sig" ]; then
          certified "$file" "$file.technician.sig" session@byleave technician
          [ "$(container "$file.technician.sig" | digest)" = "$certificate" ] ||
            fail "$file.technician.sig: signed with another certificate than the one that open names"
        elif [ "$kind" = open ] || [ "$(text event < "$file")" = allowed ]; then
          fail "$file: the technician has not countersigned it"
        else
          note "$file: the technician has not countersigned it"
        fi ;;
    esac

    leaf="$stem.leaf"
    have "$leaf"
    head -n 1 "$leaf" | tr -d '\n' > "$scratch/leaf"
    tail -n +2 "$leaf" > "$scratch/leaf.sig"
    [ "$(cat "$scratch/leaf")" = "{\"h\":\"$previous\",\"k\":\"$kind\",\"n\":$number,\"s\":\"$sid\",\"v\":1}" ] || fail "$leaf: it is not this statement's"
    signed "$scratch/leaf" "$scratch/leaf.sig" leaf@byleave session "$here/allowed_signers" || fail "$leaf: not signed by the session key"
    cat "$scratch/leaf" >> "$scratch/leaves"; echo >> "$scratch/leaves"
    included "$file" "$leaf"
    [ "$index" -gt "$last_index" ] || fail "$file: the log holds it before the statement that it follows"
    last_index=$index first_index=${first_index:-$index}

    grep -o '"key":"[a-z]*","name":"[^"]*","sha256":"[0-9a-f]*","size":[0-9]*' "$file" |
      sed "s/\"key\":\"\([a-z]*\)\",\"name\":\"\([^\"]*\)\",\"sha256\":\"\([0-9a-f]*\)\".*/\3  \1 \2/" >> "$scratch/objects" || true
    number=$((number + 1))
  done
  [ "$kind" = close ] || fail "$here: there is no close, so its end was cut off or is still to come"
  good "$number statements from open to close, each signed, chained, countersigned where it must be, and in the log"
  complete "$sid" "$number" "$first_index" "$last_index"

  sed "s|^\([0-9a-f]*  \)[a-z]* |\1$here/|" "$scratch/objects" > "$scratch/sums"
  [ -z "$(cut -c67- "$scratch/sums" | sort | uniq -d)" ] || fail "two statements name the same object"
  if [ -s "$scratch/sums" ]; then
    sha256sum --quiet --strict -c "$scratch/sums" > "$scratch/said" 2>&1 || fail "$(head -n 1 "$scratch/said")"
  fi
  good "$(wc -l < "$scratch/sums") sealed files, all there and unchanged"
  for name in main sensitive consent; do
    [ -f "keys/$sid/$name.age" ] || grep -ql '"type":"erase"' "$here"/custody/*.json 2> /dev/null ||
      fail "keys/$sid/$name.age is missing, and no statement says that it was erased"
  done
}

# complete SID COUNT FIRST LAST: the log's leaves between are the session's own, or somebody else's
complete() {
  local tile line
  if [ $(($4 - $3 + 1)) = "$2" ]; then
    good "the log holds the session without a gap, so it holds nothing else of it"
    return
  fi
  [ -d log/tile/entries ] || fail "the log's entries between the session's are not here"
  find log/tile/entries -type f -exec cat {} + > "$scratch/entries"
  grep -a -o "{\"h\":\"[0-9a-f]\{64\}\",\"k\":\"[a-z]*\",\"n\":[0-9]*,\"s\":\"$1\",\"v\":1}" "$scratch/entries" | sort -u > "$scratch/named" || true
  grep -v '"k":"\(access\|annotation\|rewrap\|erase\)"' "$scratch/named" | grep -v -x -F -f "$scratch/leaves" > "$scratch/others" || true
  while read -r line; do
    printf '%s' "$line" > "$scratch/leaf"
    grep -a -F -A 20 "$line" "$scratch/entries" | sed -n '/BEGIN SSH SIG/,/END SSH SIG/p' | sed '/END SSH SIG/q' |
      sed 's/\(-----END SSH SIGNATURE-----\).*/\1/' > "$scratch/leaf.sig"
    if signed "$scratch/leaf" "$scratch/leaf.sig" leaf@byleave session "sessions/$1/allowed_signers"; then
      fail "the log also holds $line"
    fi
    note "somebody else put a leaf into the log that names this session"
  done < "$scratch/others"
  good "the log's entries between the session's are not its own"
}

# ---------------------------------------------------------------- who opened it since
check_custody() {
  local here="sessions/$1" previous file number=0
  previous=$(digest "$(printf '%s\n' "$here"/seg/*.json | tail -n 1)")
  for file in "$here"/custody/[0-9][0-9][0-9][0-9][0-9][0-9].json; do
    [ -f "$file" ] || return 0
    [ "$(number seq < "$file")" = "$number" ] && [ "$(text prev < "$file")" = "$previous" ] || fail "$file: it does not follow the one before"
    certified "$file" "$file.sig" custody@byleave auditor
    previous=$(digest "$file")
    head -n 1 "${file%.json}.leaf" | tr -d '\n' > "$scratch/leaf"
    tail -n +2 "${file%.json}.leaf" > "$scratch/leaf.sig"
    own_leaf "$scratch/leaf" "$scratch/leaf.sig" "$file.sig"
    included "$file" "${file%.json}.leaf"
    grep -q "^{\"h\":\"$previous\",.*\"n\":$number,\"s\":\"$1\",\"v\":1}$" "${file%.json}.leaf" || fail "${file%.json}.leaf: it is not this statement's"
    good "$(text type < "$file") by $(text by < "$file"): $(text reason < "$file")"
    number=$((number + 1))
  done
}

# ---------------------------------------------------------------- what is sealed
open_session() {
  local sid=$1 here="sessions/$1" opened="$scratch/$1" name recipient file salt plain
  mkdir -p "$opened/init" "$opened/seg" "$opened/consent"
  for name in main sensitive consent; do
    age -d -i "$identity" -o "$opened/$name.txt" "keys/$sid/$name.age" 2> "$scratch/said" || fail "keys/$sid/$name.age cannot be opened with this identity"
    recipient=$(sed 's/.*"recipients":{\([^}]*\)}.*/{\1}/' "$here/seg/000000.json" | text "$name")
    [ "$(age-keygen -y "$opened/$name.txt")" = "$recipient" ] || fail "keys/$sid/$name.age is not the key that open names"
  done
  while read -r _ key name; do
    age -d -i "$opened/$key.txt" -o "$opened/${name%.age}" "$here/$name" 2> "$scratch/said" || fail "$here/$name cannot be opened"
  done < "$scratch/objects"
  good "the session's keys and $(wc -l < "$scratch/objects") files can be opened"

  for file in $(grep -l '"type":"consent"' "$here"/seg/*.json); do
    name=$(text name < "$file") salt=$(text salt < "$file") plain=$(text plain < "$file")
    [ "$({ bytes "$salt"; cat "$opened/${name%.age}"; } | digest)" = "$plain" ] || fail "$here/$name is not the consent record that was signed"
    echo "device namespaces=\"device@byleave\" $(text device_key < "$opened/${name%.age}")" > "$scratch/device"
    printf '%b' "$(text device_signature < "$opened/${name%.age}")" > "$scratch/device.sig"
    signed "$scratch/session.blob" "$scratch/device.sig" device@byleave device "$scratch/device" || fail "$here/$name: the device does not endorse this session"
    good "consent, $(text event < "$file"): \"$(text purpose < "$opened/${name%.age}")\""
  done
  check_images "$opened"
  check_videos "$opened"
}

# probed FORMAT FILE: how many pictures ffprobe decodes; nothing if it complains of anything
probed() {
  local complaints
  complaints=$(ffprobe -v error -f "$1" -count_frames -show_entries stream=nb_read_frames -of csv=p=0 "$2" 2>&1 > "$scratch/frames") || true
  [ -n "$complaints" ] || cat "$scratch/frames"
}

# check_images FOLDER: every line of pictures, and every image file that they name
check_images() {
  local file stem coding count length tiles lines=0 images=0 objects=0
  : > "$scratch/videos"
  for file in "$1"/seg/*.screen-*.jsonl; do
    [ -f "$file" ] || continue
    [ "$(grep -c '^{.*"tiles":\[.*\]}$' "$file")" = "$(wc -l < "$file")" ] || fail "$(basename "$file"): a line is no picture"
    lines=$((lines + $(wc -l < "$file")))
    stem=${file%.jsonl}
    stem=${stem/.screen-/.images-}
    tiles=$(grep -o '\[[0-9]*,[0-9]*,[0-9]*,[0-9]*,"' "$file" | wc -l)
    for coding in png webp vp8 jpeg; do
      read -r count length < <(grep -o "\"$coding\",[1-9][0-9]*\]" "$file" | awk -F '[],]' '{ sum += $2 } END { print NR, sum + 0 }')
      [ "$count" -gt 0 ] || continue
      [ -f "$stem.$coding" ] && [ "$(wc -c < "$stem.$coding")" = "$length" ] ||
        fail "$(basename "$stem.$coding"): not the $length bytes of the images that are named"
      [ "$(probed ${coding/vp8/webp}_pipe "$stem.$coding")" = "$count" ] ||
        fail "$(basename "$stem.$coding"): images that cannot be read, or others than the $count that are named"
      images=$((images + count)) objects=$((objects + 1)) tiles=$((tiles - count))
    done
    # What is left are pictures of videos: remember how many of which.
    grep -o '"h264",[0-9]*' "$file" | sed "s/.*,/$(basename "$file" .jsonl | sed 's/.*screen/video/')-/" > "$scratch/named" || true
    [ "$(wc -l < "$scratch/named")" = "$tiles" ] || fail "$(basename "$file"): tiles of no known kind"
    cat "$scratch/named" >> "$scratch/videos"
  done
  [ "$(find "$1/seg" -name '*.images-*' | wc -l)" = $objects ] || fail "there are images that no line names"
  if [ $lines -gt 0 ]; then good "$lines pictures, made of $images images that can be read, $(wc -l < "$scratch/videos") pictures of videos, and copies"; fi
}

# check_videos FOLDER: every video stream plays, with as many pictures as the lines name
check_videos() {
  local start stream count
  for start in "$1"/init/*.mp4; do
    [ -f "$start" ] || continue
    stream=$(basename "$start" .mp4)
    cat "$start" "$1"/seg/*."$stream".m4s > "$1/$stream.mp4" || fail "$stream: there are no pictures"
    count=$(grep -c -x "$stream" "$scratch/videos") || fail "$stream: no picture says where it was seen"
    [ "$(probed mp4 "$1/$stream.mp4")" = "$count" ] || fail "$stream cannot be played, or has other pictures than the $count that are named"
    good "$stream: $count pictures"
  done
  sort -u "$scratch/videos" | while read -r stream; do
    [ -f "$1/init/$stream.mp4" ] || fail "$stream: pictures are named, but there is none"
  done
}

for folder in sessions/*/; do
  sid=$(basename "$folder")
  echo "session $sid"
  check_session "$sid"
  check_custody "$sid"
  if [ -n "$identity" ]; then open_session "$sid"; fi
done
echo "All of it holds."
