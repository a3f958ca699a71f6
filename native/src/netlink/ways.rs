//! The ways out of this machine: what has to change for a link to be worth a look.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// Addresses of documentation (RFC 5737, RFC 3849), which lie beyond the default route.
const BEYOND: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
];

/// The default routes, and the addresses that packets to the world leave with. On a machine without
/// either, all routes.
///
/// An interface that comes and goes beside them changes nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ways {
    addresses: [Option<IpAddr>; 2],
    routes: Vec<String>,
}

impl Ways {
    /// Those of the present.
    pub(super) fn now() -> Self {
        let addresses = BEYOND.map(source);
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let (v4, v6) = (read("/proc/net/route"), read("/proc/net/ipv6_route"));
        Self::of(addresses, &v4, &v6)
    }

    fn of(addresses: [Option<IpAddr>; 2], v4: &str, v6: &str) -> Self {
        let v4 = v4.lines().skip(1).filter_map(v4_route);
        let v6 = v6.lines().filter_map(v6_route);
        let (defaults, others): (Vec<_>, Vec<_>) =
            v4.chain(v6).partition(|(is_default, _)| *is_default);
        let is_lonely = defaults.is_empty() && addresses == [None; 2];
        let routes = if is_lonely { others } else { defaults };
        let mut routes = routes.into_iter().map(|(_, route)| route).collect::<Vec<_>>();
        routes.sort_unstable();
        Self { addresses, routes }
    }
}

/// The address that packets to this one leave with. Nothing is sent.
fn source(to: IpAddr) -> Option<IpAddr> {
    let any: IpAddr =
        if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    // The port is the one of "discard".
    socket.connect((to, 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

/// A line of `/proc/net/route`: whether it is a default route, and what of it matters. The columns are
/// `Iface Destination Gateway Flags RefCnt Use Metric Mask …`.
fn v4_route(line: &str) -> Option<(bool, String)> {
    let columns = line.split_whitespace().collect::<Vec<_>>();
    let &[interface, destination, gateway, flags, _, _, metric, mask, ..] = columns.as_slice()
    else {
        return None;
    };
    let is_default = destination == "00000000" && mask == "00000000";
    Some((is_default, [interface, destination, gateway, flags, metric, mask].join(" ")))
}

/// A line of `/proc/net/ipv6_route`: destination, its length, source, its length, next hop, metric, two
/// counters, flags and interface. Routes of the loopback, and those of links themselves, are left out.
fn v6_route(line: &str) -> Option<(bool, String)> {
    let columns = line.split_whitespace().collect::<Vec<_>>();
    let &[destination, length, _, _, gateway, metric, _, _, _, interface] = columns.as_slice()
    else {
        return None;
    };
    if interface == "lo" || destination.starts_with("fe80") || destination.starts_with("ff") {
        return None;
    }
    let is_default = length == "00";
    Some((is_default, [interface, destination, length, gateway, metric].join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";
    const DEFAULT: &str = "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n";
    const LOCAL: &str = "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n";
    const PAIR: &str = "veth1\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";

    fn ways(routes: &[&str]) -> Ways {
        let source = routes.contains(&DEFAULT).then(|| "192.168.1.7".parse().unwrap());
        Ways::of([source, None], &(HEAD.to_owned() + &routes.concat()), "")
    }

    #[test]
    fn an_interface_beside_the_default_route_changes_nothing() {
        assert_eq!(ways(&[DEFAULT, LOCAL]), ways(&[DEFAULT, LOCAL, PAIR]));
        assert_eq!(ways(&[DEFAULT]), ways(&[DEFAULT, LOCAL]));
    }

    #[test]
    fn another_gateway_is_a_change_and_so_is_another_address() {
        let other = DEFAULT.replace("0101A8C0", "FE01A8C0");
        assert_ne!(ways(&[DEFAULT]), Ways { ..ways(&[other.as_str()]) });
        let there = Ways::of(["192.168.1.8".parse().ok(), None], &(HEAD.to_owned() + DEFAULT), "");
        assert_ne!(ways(&[DEFAULT]), there);
    }

    #[test]
    fn without_a_way_to_the_world_every_route_counts() {
        assert_ne!(ways(&[LOCAL]), ways(&[LOCAL, PAIR]));
        assert_eq!(ways(&[LOCAL, PAIR]), ways(&[PAIR, LOCAL]), "in whatever order");
    }

    #[test]
    fn a_default_route_of_ipv6_counts_and_the_addresses_of_links_do_not() {
        let zeros = "00000000000000000000000000000000";
        let route = |destination: &str, length, interface| {
            let hop = "fe800000000000000000000000000001";
            format!(
                "{destination} {length} {zeros} 00 {hop} 00000400 00000001 00000000 00000003 {interface}\n"
            )
        };
        let default = route(zeros, "00", "eth0");
        let local = route("fe800000000000000000000000000000", "40", "veth1");
        let ways = |v6: &str| Ways::of([None; 2], HEAD, v6);
        assert_ne!(ways(""), ways(&default));
        assert_eq!(ways(&default), ways(&(default.clone() + &local)));
        assert_eq!(ways(""), ways(&local), "also where there is no other route");
    }

    #[test]
    fn lines_that_make_no_sense_are_passed_over() {
        assert_eq!(Ways::of([None; 2], "x\n\nshort line\n", "what is this"), ways(&[]));
    }

    #[test]
    fn the_ways_of_this_machine_do_not_change_by_being_looked_at() {
        assert_eq!(Ways::now(), Ways::now());
    }
}
