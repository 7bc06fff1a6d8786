#!/bin/sh
# Installs the servers, mail clients and browser that popspec's tests run, from Debian's packages.
#
#   scripts/install-debian.sh
#
# As root on Debian: installs what is missing, unpacks what cannot be installed, and starts nothing. Otherwise: says what is missing and
# leaves the machine alone; that is an error only when CI=true.
set -eu

# msmtp-mta is a mail-transport-agent without a daemon: it keeps apt from choosing one.
PACKAGES='dovecot-pop3d mailutils-pop3d msmtp-mta curl fetchmail mpop python3 openssl chromium
  courier-base courier-authlib-userdb cyrus-common libsasl2-modules sasl2-bin socat redis-server
  libhdrhistogram-java'
# Each of these conflicts with every other POP3 server. They run from the folder they are unpacked into, with what their
# packages depend on installed above; test/servers/available.ts names the folder too.
UNPACKED=/var/cache/popspec/servers
UNPACKED_PACKAGES='courier-pop cyrus-pop3d popa3d'
POLICY=/usr/sbin/policy-rc.d

say() { printf 'install-debian: %s\n' "$*"; }
die() {
  printf 'install-debian: error: %s\n' "$*" >&2
  exit 1
}

is_debian() { [ -r /etc/os-release ] && (. /etc/os-release && [ "${ID:-}" = debian ]); }

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing_packages() {
  for package in $PACKAGES; do
    installed "$package" || printf '%s ' "$package"
  done
}

version() { dpkg-query -W -f='${Version}' "$1" 2>/dev/null || true; }

# The installed package whose libraries and programs an unpacked one uses, which must be of the same version.
base_of() {
  case $1 in
    courier-pop) echo courier-base ;;
    cyrus-pop3d) echo cyrus-common ;;
  esac
}

missing_unpacked() {
  for package in $UNPACKED_PACKAGES; do
    there=$(cat "$UNPACKED/$package/.version" 2>/dev/null || true)
    base=$(base_of "$package")
    wanted=$there
    if [ -n "$base" ]; then wanted=$(version "$base"); fi
    if [ -z "$there" ] || [ "$there" != "$wanted" ]; then printf '%s ' "$package"; fi
  done
}

# Without dpkg the programs themselves are the only thing to look for.
missing_programs() {
  for program in dovecot pop3d curl fetchmail mpop python3 openssl chromium couriertcpd cyrmaster saslpasswd2 socat redis-server; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null 2>&1 || printf '%s ' "$program"
  done
}

skip() {
  if [ "${CI:-}" = true ]; then die "$1; missing: $2"; fi
  say "missing: $2"
  say "skipped: $1"
  exit 0
}

if is_debian; then missing=$(missing_packages); else missing=$(missing_programs); fi
unpack=$(missing_unpacked)
missing=${missing% }
unpack=${unpack% }
if [ -z "$missing$unpack" ]; then
  say 'all there, nothing to do'
  exit 0
fi
is_debian || skip 'not a Debian machine' "$missing $unpack"
[ "$(id -u)" -eq 0 ] || skip 'not root' "$missing $unpack"
# What is unpacked comes in the newest version, and so must what it runs with.
for package in $unpack; do missing="$missing $(base_of "$package")"; done

work=$(mktemp -d)
policy_saved=no
restore() {
  if [ "$policy_saved" = yes ]; then
    rm -f "$POLICY"
    if [ -e "$work/policy-rc.d" ]; then mv "$work/policy-rc.d" "$POLICY"; fi
  fi
  rm -rf "$work"
}
trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

export DEBIAN_FRONTEND=noninteractive
apt='apt-get -q -y -o DPkg::Lock::Timeout=300'

say 'updating the package lists'
# Lists that are there already may be good enough, so a failure here is not the end.
if ! $apt update >"$work/update.log" 2>&1; then
  say "the update failed ($(grep -m1 '^E:' "$work/update.log" || echo 'no reason given')); going on with the lists at hand"
fi

unknown=
for package in $missing $unpack; do
  apt-cache show --no-all-versions "$package" >/dev/null 2>&1 || unknown="$unknown $package"
done
if [ -n "$unknown" ]; then
  die "no such package in this machine's sources:$unknown; look at /etc/apt/sources.list and run 'apt-get update'"
fi

say 'keeping packages from starting services'
policy_saved=yes
if [ -e "$POLICY" ]; then mv "$POLICY" "$work/policy-rc.d"; fi
printf '#!/bin/sh\nexit 101\n' >"$POLICY"
chmod 755 "$POLICY"

missing=$(echo $missing)
say "installing ${missing:-nothing}"
if [ -n "$missing" ] && ! $apt install --no-install-recommends --no-remove $missing >"$work/install.log" 2>&1; then
  grep '^E:' "$work/install.log" >&2 || tail -n 5 "$work/install.log" >&2
  die "apt-get could not install: $missing; nothing is removed for it, so look for another POP3 or mail server that conflicts"
fi

for package in $unpack; do
  say "unpacking $package into $UNPACKED"
  mkdir "$work/$package"
  if ! (cd "$work/$package" && $apt download "$package") >"$work/download.log" 2>&1; then
    grep '^E:' "$work/download.log" >&2 || true
    die "apt-get could not download $package"
  fi
  deb=$(echo "$work/$package"/*.deb)
  mkdir -p "$UNPACKED"
  rm -rf "$UNPACKED/$package"
  dpkg-deb -x "$deb" "$UNPACKED/$package"
  dpkg-deb -f "$deb" Version >"$UNPACKED/$package/.version"
done

still="$(missing_packages)$(missing_unpacked)"
if [ -n "$still" ]; then die "still missing after the installation: $still"; fi
say 'done'
