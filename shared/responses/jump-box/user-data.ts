/** What a box's guest is told at its first boot. No secret is in it: whoever may describe the instance can read it. */
export interface Guest {
  /** Who may come in. */
  readonly key: string
  /** Whose it is: stands behind the key, so that `authorized_keys` says so too. */
  readonly person: string
  /** When (ISO time) it ends whatever its tag says. */
  readonly cap: string
  /** The same as minutes after its boot, for a timer that needs neither clock nor metadata. */
  readonly minutes: number
}

/**
 * The user data: the key, and two timers that end the box though everything outside of it may be dead. `shutdown` counts
 * from the boot; and each minute a script compares the clock with the expiry in the instance's tag, which can be moved from
 * outside, and with the cap, which can't. To shut down is to be terminated: the instance is launched so.
 *
 * JSON is YAML, so nothing that is put into it can become anything else.
 * https://cloudinit.readthedocs.io/en/latest/reference/modules.html
 */
export function userData({ key, person, cap, minutes }: Guest): string {
  const config = {
    ssh_authorized_keys: [`${key} ${person}`],
    ssh_pwauth: false,
    disable_root: true,
    bootcmd: [['shutdown', '-P', `+${minutes}`]],
    write_files: [
      { path: SCRIPT, permissions: '0755', content: timerScript(cap) },
      { path: `${UNITS}/portcullis-timer.service`, content: service },
      { path: `${UNITS}/portcullis-timer.timer`, content: timer },
    ],
    runcmd: [
      ['systemctl', 'daemon-reload'],
      ['systemctl', 'enable', '--now', 'portcullis-timer.timer'],
    ],
  }
  return `#cloud-config\n${JSON.stringify(config, null, 1)}\n`
}

const SCRIPT = '/usr/local/sbin/portcullis-timer'
const UNITS = '/etc/systemd/system'

/** A time as we write it, for a shell: `date` takes no text at all for a time too, the midnight before. */
const TIME = '####-##-##T##:##:##.###Z'.replaceAll('#', '[0-9]')

/**
 * The script of the minute timer. The tag is read by IMDSv2, with tags in the metadata switched on; where it can't be read
 * or is no time, the cap alone counts. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/work-with-tags-in-IMDS.html
 */
export const timerScript = (cap: string): string => `#!/bin/sh
# Ends this box when its time is up, also where nobody outside does.
metadata="\${METADATA:-http://169.254.169.254}/latest"
end=${Math.floor(Date.parse(cap) / 1_000)}
token=$(curl -sf -m 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token") &&
  tag=$(curl -sf -m 2 -H "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/tags/instance/portcullis:until") || tag=
case "$tag" in
  ${TIME}) told=$(date -d "$tag" +%s) && [ "$told" -lt "$end" ] && end=$told ;;
esac
[ "$(date +%s)" -lt "$end" ] || shutdown -P now "The time of this box is up."
`

const service = `[Unit]
Description=Ends this box when its time is up
[Service]
Type=oneshot
ExecStart=${SCRIPT}
`

const timer = `[Unit]
Description=Looks every minute whether the time of this box is up
[Timer]
OnBootSec=60
OnUnitActiveSec=60
AccuracySec=1
[Install]
WantedBy=timers.target
`
