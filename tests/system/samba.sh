#!/bin/bash
# A private, throw-away Samba file server: its own configuration, users, shares and port, all in one
# directory. Nothing under /etc or /var is read or written; several can run side by side.
set -eu

usage() {
	cat <<'END'
usage: samba.sh start DIR PORT [OPTION]...     start a server in the new directory DIR, wait until it answers
       samba.sh stop DIR                       stop it; DIR stays, for its logs

  --address ADDR             where to listen (127.0.0.1)
  --user NAME:PASSWORD       a user; up to eight; the first is alice:wonderland unless told otherwise
  --share NAME[:SETTINGS]    a share in DIR/NAME; SETTINGS of smb.conf, separated by ';' (share "files" is always there)
  --share-root PATH          put the shares' directories below PATH instead of DIR
  --set 'NAME = VALUE'       a line for [global] of smb.conf
  --hardened                 SMB 3.1.1 only, signing and encryption mandatory

DIR must be short: it holds sockets, whose paths have at most 107 bytes. Must run as root, as smbd must.
END
}

die() {
	echo "samba.sh: $*" >&2
	exit 1
}

# smbd wants every user to be somebody in /etc/passwd. These are on every Debian and serve as stand-ins.
stand_ins=(games news uucp irc list backup proxy lp)

# conf DIR ADDRESS PORT: everything that smbd would otherwise look for under /var is moved to DIR
conf() {
	cat <<-END
		[global]
		server role = standalone server
		netbios name = FILESERVER
		workgroup = DEMO
		interfaces = $2/8
		bind interfaces only = yes
		smb ports = $3
		disable netbios = yes
		load printers = no
		printcap name = /dev/null
		disable spoolss = yes
		unix extensions = no
		map to guest = never
		username map = $1/users.map
		passdb backend = tdbsam:$1/private/passdb.tdb
		private dir = $1/private
		state directory = $1/state
		cache directory = $1/cache
		lock directory = $1/lock
		pid directory = $1/pid
		ncalrpc dir = $1/rpc
		max log size = 0
		log level = 1 auth:3
		create mask = 0777
		directory mask = 0777
		force create mode = 0777
	END
	printf '%s\n' "${settings[@]}"
	for share in "${shares[@]}"; do
		printf '[%s]\npath = %s\nread only = no\n' "${share%%:*}" "$root/${share%%:*}"
		[[ $share != *:* ]] || tr ';' '\n' <<<"${share#*:}"
	done
}

add_users() {
	local i=0 user
	for user in "${users[@]}"; do
		((i < ${#stand_ins[@]})) || die "at most ${#stand_ins[@]} users"
		echo "${stand_ins[i]} = ${user%%:*}"
		printf '%s\n%s\n' "${user#*:}" "${user#*:}" |
			pdbedit -s "$dir/smb.conf" -a -t -u "${stand_ins[i]}" >>"$dir/setup.log" 2>&1 ||
			die "pdbedit failed: $(tail -1 "$dir/setup.log")"
		i=$((i + 1))
	done >"$dir/users.map"
}

answers() {
	(exec 3<>"/dev/tcp/$address/$port") 2>/dev/null
}

start() {
	[[ $# -ge 2 ]] || { usage >&2; exit 2; }
	dir=$1 port=$2 address=127.0.0.1 users=() shares=(files) settings=() root=
	shift 2
	while [[ $# -gt 0 ]]; do
		case $1 in
		--hardened)
			settings+=('server min protocol = SMB3_11' 'server signing = mandatory' 'server smb encrypt = required')
			shift
			continue
			;;
		esac
		[[ $# -ge 2 ]] || die "$1 wants a value"
		case $1 in
		--address) address=$2 ;;
		--user) users+=("$2") ;;
		--share) shares+=("$2") ;;
		--share-root) root=$2 ;;
		--set) settings+=("$2") ;;
		*) die "unknown option $1" ;;
		esac
		shift 2
	done
	[[ $(id -u) = 0 ]] || die "smbd must run as root"
	[[ ${#dir} -le 75 ]] || die "$dir is too long a name"
	[[ ${#users[@]} -gt 0 ]] || users=(alice:wonderland)
	mkdir -p "$dir"/{private,state,cache,lock,pid,rpc}
	dir=$(realpath "$dir") root=${root:-$dir}
	chmod 755 "$dir"
	local share i
	for share in "${shares[@]}"; do
		mkdir -p "$root/${share%%:*}"
		chmod 1777 "$root/${share%%:*}"
	done
	conf "$dir" "$address" "$port" >"$dir/smb.conf"
	add_users

	# setsid: with --no-process-group smbd ends by killing the process group it is in.
	setsid smbd -F --no-process-group -s "$dir/smb.conf" -l "$dir" </dev/null >"$dir/smbd.out" 2>&1 &
	echo $! >"$dir/smbd.pid"
	for ((i = 0; i < 200; i++)); do
		! answers || return 0
		kill -0 "$(<"$dir/smbd.pid")" 2>/dev/null || break
		sleep 0.05
	done
	tail -n 5 "$dir"/{smbd.out,log.smbd} >&2
	stop "$dir"
	die "smbd did not start"
}

# Each was started as the leader of a process group of its own. smbd takes its time over a polite end,
# and nothing here is worth the wait.
stop() {
	local file
	for file in "$1"/{smbd.pid,pid/samba-dcerpcd.pid}; do
		[[ ! -s $file ]] || kill -KILL -- "-$(<"$file")" 2>/dev/null || true
		rm -f "$file"
	done
}

case ${1-} in
start | stop) "$@" ;;
*)
	usage
	[[ ${1-} = --help ]] || exit 2
	;;
esac
