// SPDX-License-Identifier: Apache-2.0
#include "backup/scripts.hpp"

#include "database/tool.hpp"

namespace su {

namespace {

// Every stage is a child of the script's own shell, joined by named pipes, so that `wait` gives each one's
// exit status (a shell's pipe gives the last one's only) and each can be ended by its number. A stage that
// dies closes its pipes: its neighbours end by SIGPIPE or end of file, and the trailer tells who was first.
//
// The shell ends only after it has read our ACK (an exit before the last byte has arrived loses bytes, E1),
// and stdin's end without ACK ends all stages: closing the connection does not kill a remote command, and an
// orphaned pg_dump would hold its snapshot. A heartbeat on stderr keeps load balancers awake and tells a long
// count from a dead line; it also ends what a killed shell has left, and a shell whose ACK never comes (15
// minutes). sleep must not hold our output open, or the runtime waits for it.
constexpr const char* k_begin = R"sh(
for su_t in mkfifo mktemp sha256sum tee wc tail tr cat gzip pg_restore $su_need; do
command -v "$su_t" >/dev/null 2>&1 || { echo "SU1 missing=$su_t" >&2; exit 97; }; done
umask 077
d=$(mktemp -d /tmp/su-copy.XXXXXX 2>/dev/null || mktemp -d /dev/shm/su-copy.XXXXXX 2>/dev/null) || { echo "SU1 notemp=1" >&2; exit 96; }
pids= ; res= ; w= ; h=
trap 'kill -9 $pids $h $w 2>/dev/null; rm -rf "$d"' EXIT
trap 'exit 143' HUP INT TERM PIPE
cd "$d" && mkfifo $su_pipes || { echo "SU1 notemp=1" >&2; exit 96; }
exec 3<&0 </dev/null
ended() { wait "$2"; su_r=$?; res="$res $1=$su_r"; [ $su_r = 0 ] || { printf 'E %s: ' "$1"; tail -c 1500 "$1.err" | tr '\n\r' '  '; echo; } >&2; }
watch() { (read -r a <&3; [ "$a" = ACK ] && exit 0; [ -e done ] && exit 1; kill -TERM $main; kill -9 $pids; exit 1) >/dev/null 2>&1 & w=$!; }
beat() { (n=0; k=0; while sleep 10 >/dev/null 2>&1 3<&-; do
k=$((k+1)); [ -e done ] || [ $k -lt 3 ] || for p in $su_pipes; do : <>"$p"; done
kill -0 $$ 2>/dev/null || { kill -9 $pids $w 2>/dev/null; rm -rf "$d"; exit; }
echo H >&2; [ -e done ] && n=$((n+1)); [ $n -lt 90 ] || kill -TERM $$; done) & h=$!; }
finish() { : >done; pids= ; echo "SU1$res $*" >&2; wait "$w"; a=$?; w=; [ $a = 0 ] || exit 95; exit 0; }
)sh";

constexpr const char* k_dump = R"sh(
(pg_restore -f /dev/null && cat >/dev/null) <check 2>pg_restore.err & c=$!; pids="$pids $c"
(pg_restore -l >toc.out; r=$?; cat >/dev/null; exit $r) <toc 2>toc.err & l=$!; pids="$pids $l"
sha256sum <rsum >rsum.out 2>sha_raw.err & rs=$!; pids="$pids $rs"
wc -c <rlen >rlen.out 2>len_raw.err & rl=$!; pids="$pids $rl"
sha256sum <gsum >gsum.out 2>sha_gz.err & gs=$!; pids="$pids $gs"
wc -c <glen >glen.out 2>len_gz.err & gl=$!; pids="$pids $gl"
tee gsum glen <gz 2>tee_gz.err & gt=$!; pids="$pids $gt"
gzip -1 <packed >gz 2>gzip.err & g=$!; pids="$pids $g"
tee check toc rsum rlen <raw >packed 2>tee_raw.err & rt=$!; pids="$pids $rt"
pg_dump "$@" >raw 2>pg_dump.err & main=$!; pids="$pids $main"
watch; beat
ended pg_dump $main; ended pg_restore $c; ended toc $l; ended gzip $g; ended tee_raw $rt; ended tee_gz $gt
ended sha_raw $rs; ended len_raw $rl; ended sha_gz $gs; ended len_gz $gl
while IFS= read -r x; do case $x in \;*) ;; *' TABLE '*) printf 'T %s\n' "$x" >&2;; esac; done <toc.out
read -r rsum x <rsum.out; read -r rlen x <rlen.out; read -r gsum x <gsum.out; read -r glen x <glen.out
finish "raw_len=${rlen:-} raw_sha=${rsum:-} gz_len=${glen:-} gz_sha=${gsum:-}"
)sh";

// `head` takes exactly the announced length, so the end does not hang on a half-closed stdin; a sender that
// goes away leaves it short. On failure the shell ends at once: the sender may be blocked on bytes that
// nobody reads any more.
constexpr const char* k_restore = R"sh(
pg_restore "$@" <raw >/dev/null 2>pg_restore.err & main=$!; pids="$pids $main"
gzip -dc <packed >raw 2>gunzip.err & g=$!; pids="$pids $g"
sha256sum <gsum >gsum.out 2>sha_gz.err & gs=$!; pids="$pids $gs"
wc -c <glen >glen.out 2>len_gz.err & gl=$!; pids="$pids $gl"
tee gsum glen <gz >packed 2>tee_gz.err & gt=$!; pids="$pids $gt"
head -c "$su_length" <&3 >gz 2>head.err & hd=$!; pids="$pids $hd"
ended head $hd; watch; beat
ended tee_gz $gt; ended gunzip $g; ended sha_gz $gs; ended len_gz $gl; ended pg_restore $main
read -r gsum x <gsum.out; read -r glen x <glen.out
case "$res " in *=[1-9]*) : >done; echo "SU1$res gz_len=${glen:-} gz_sha=${gsum:-}" >&2; exit 94;; esac
finish "gz_len=${glen:-} gz_sha=${gsum:-}"
)sh";

std::vector<std::string> script_argv(const std::string& script, const std::vector<std::string>& args) {
    std::vector<std::string> argv{"sh", "-c", script, "sh"};
    argv.insert(argv.end(), args.begin(), args.end());
    return argv;
}

}  // namespace

std::vector<std::string> dump_argv(const Database& db, const std::vector<std::string>& args) {
    const std::string head = "su_need=pg_dump; su_pipes='raw check toc rsum rlen packed gz gsum glen'; ";
    return script_argv(connection_script(db) + head + k_begin + k_dump, args);
}

std::vector<std::string> restore_argv(const Database& db, const std::string& database_name,
                                      std::uint64_t length, const std::vector<std::string>& args) {
    const std::string head =
        "su_need=head; su_pipes='raw packed gz gsum glen'; su_length=" + std::to_string(length) + "; ";
    return script_argv(connection_script(db, database_name) + head + k_begin + k_restore, args);
}

}  // namespace su
