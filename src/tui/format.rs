//! Numbers as people read them: short counts, sizes, durations, clock times. Empty is `-`.

/// What stands for "nothing to say".
pub(super) const EMPTY: &str = "-";

/// A count in at most six characters or so: `12,400`, `8.1 M`, `52 M`.
pub(super) fn count(n: u64) -> String {
    match n {
        0..=99_999 => grouped(n),
        _ => scaled(n as f64, &["", " k", " M", " G", " T", " P", " E"], 1000.0),
    }
}

/// A count with thousands separated: `61,200,004`.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Records a second: `0.4`, `18`, `2.1 k`.
pub(super) fn rate(per_second: f64) -> String {
    if per_second < 0.05 {
        "0".to_owned()
    } else if per_second < 9.95 {
        format!("{per_second:.1}")
    } else {
        scaled(per_second, &["", " k", " M", " G", " T"], 1000.0)
    }
}

/// Bytes in binary units: `812 B`, `1.2 GiB`.
pub(super) fn bytes(n: u64) -> String {
    scaled(n as f64, &[" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"], 1024.0)
}

/// Bytes a second in decimal units, as network and disk makers write them: `18.2 MB/s`.
pub(super) fn byte_rate(per_second: f64) -> String {
    scaled(per_second.max(0.0), &[" B/s", " kB/s", " MB/s", " GB/s", " TB/s"], 1000.0)
}

/// A duration: `0s`, `9s`, `3m12s`, `41h10m`, `6d4h`.
pub(super) fn duration_ms(ms: u64) -> String {
    let s = ms / 1000;
    match s {
        0 if ms > 0 => "<1s".to_owned(),
        0..=59 => format!("{s}s"),
        60..=3599 => format!("{}m{:02}s", s / 60, s % 60),
        3600..=172_799 => format!("{}h{:02}m", s / 3600, s % 3600 / 60),
        _ => format!("{}d{}h", s / 86_400, s % 86_400 / 3600),
    }
}

/// The time of day in UTC: `02:14:07Z`.
pub(super) fn clock(ms: i64) -> String {
    let s = ms.div_euclid(1000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}Z", s / 3600, s % 3600 / 60, s % 60)
}

/// Broker ids as lists print them: `1,2,3`.
pub(super) fn ids(ids: &[i32]) -> String {
    if ids.is_empty() {
        return EMPTY.to_owned();
    }
    ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}

/// `value` through `f`, or the dash.
pub(super) fn or_dash<T>(value: Option<T>, f: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| EMPTY.to_owned(), f)
}

/// Three significant digits at most, and the unit: one decimal below ten units past the first, none above a hundred.
fn scaled(mut value: f64, units: &[&str], step: f64) -> String {
    let mut unit = 0;
    while value >= step - 0.5 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    let decimals = usize::from(unit > 0 && value < 99.95);
    format!("{value:.decimals$}{}", units[unit])
}

/// The last `width` cells of a series as blocks, oldest at the left, scaled from zero to the largest shown.
pub(super) fn sparkline(series: &[u64], width: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let buckets = bucketed(series, width);
    let max = buckets.iter().copied().max().unwrap_or(0);
    let cell = |v: u64| match max {
        0 => BLOCKS[0],
        // u128: lags are counts of records and may be close to 2^63.
        _ => BLOCKS[((u128::from(v) * 7 + u128::from(max) / 2) / u128::from(max)).min(7) as usize],
    };
    buckets.into_iter().map(cell).collect()
}

/// At most `width` values; when the series is longer each is the largest of its share, so that a spike is never lost.
fn bucketed(series: &[u64], width: usize) -> Vec<u64> {
    if series.len() <= width {
        return series.to_vec();
    }
    let share = |i: usize| &series[i * series.len() / width..(i + 1) * series.len() / width];
    (0..width).map(|i| share(i).iter().copied().max().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_stay_exact_until_they_no_longer_fit_a_glance() {
        assert_eq!(count(12_400), "12,400");
        assert_eq!(count(8_100_000), "8.1 M");
        assert_eq!(count(61_200_004), "61.2 M");
        assert_eq!(count(311_000), "311 k");
        assert_eq!(count(999_999), "1.0 M");
        assert_eq!(grouped(52_428_800), "52,428,800");
    }

    #[test]
    fn rates_and_sizes_carry_their_unit() {
        assert_eq!(rate(0.0), "0");
        assert_eq!(rate(0.4), "0.4");
        assert_eq!(rate(2_100.0), "2.1 k");
        assert_eq!(bytes(812), "812 B");
        assert_eq!(bytes(1_288_490_189), "1.2 GiB");
        assert_eq!(byte_rate(18_200_000.0), "18.2 MB/s");
    }

    #[test]
    fn durations_name_two_units_at_most() {
        assert_eq!(duration_ms(0), "0s");
        assert_eq!(duration_ms(400), "<1s");
        assert_eq!(duration_ms(192_000), "3m12s");
        assert_eq!(duration_ms(2_470_000), "41m10s");
        assert_eq!(duration_ms(7_200_000), "2h00m");
        assert_eq!(duration_ms(6 * 86_400_000 + 4 * 3_600_000), "6d4h");
        assert_eq!(clock(1_763_777_647_000), "02:14:07Z");
    }

    #[test]
    fn a_sparkline_keeps_its_spikes_and_never_divides_by_zero() {
        assert_eq!(sparkline(&[], 10), "");
        assert_eq!(sparkline(&[0, 0, 0], 10), "▁▁▁");
        assert_eq!(sparkline(&[0, 7], 10), "▁█");
        assert_eq!(sparkline(&[0, 9, 0, 0, 0, 0], 3), "█▁▁");
        assert_eq!(sparkline(&[u64::MAX, 1], 2), "█▁");
        assert_eq!(sparkline(&[1, 2, 3], 0), "");
    }
}
