//! Screens as text, from a made-up cluster with an incident in it. `UPDATE_GOLDEN=1` rewrites the files in
//! `tests/golden/`.

use std::path::Path;

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::super::model::*;
use super::super::update::{Event, Key, update};
use super::*;

const START: i64 = 1_763_777_347_000;
const LAST: i64 = 300;

fn partition(index: i32, replicas: [i32; 3], broker_3_is_out: bool, end: i64, bytes: i64) -> PartitionSample {
    let isr: Vec<i32> = replicas.into_iter().filter(|id| !(broker_3_is_out && *id == 3)).collect();
    PartitionSample {
        index,
        leader: isr.first().copied(),
        leader_epoch: 13 + i32::from(broker_3_is_out && replicas[0] == 3),
        replicas: replicas.to_vec(),
        isr,
        start: Some(0),
        end: Some(end),
        size: Some((end * bytes) as u64),
    }
}

fn topic(name: &str, partitions: i32, end: i64, bytes: i64, broker_3_is_out: bool) -> TopicSample {
    let replicas = |i: i32| match i % 3 {
        0 => [1, 2, 3],
        1 => [2, 3, 1],
        _ => [3, 1, 2],
    };
    TopicSample {
        name: name.to_owned(),
        internal: name.starts_with("__"),
        min_isr: Some(2),
        partitions: (0..partitions)
            .map(|i| partition(i, replicas(i), broker_3_is_out, end / i64::from(partitions), bytes))
            .collect(),
    }
}

fn group(id: &str, topic: &str, partitions: i32, members: usize, committed: i64, end: i64) -> GroupSample {
    let n = i64::from(partitions);
    GroupSample {
        id: id.to_owned(),
        state: if members == 0 { "Empty" } else { "Stable" }.to_owned(),
        kind: "classic".to_owned(),
        coordinator: Some(2),
        members,
        offsets: (0..partitions)
            .map(|partition| GroupOffset {
                topic: topic.to_owned(),
                partition,
                committed: Some(committed / n),
                end: Some(end / n),
                lag_ms: (id == "click-analytics").then_some(2_470_000),
                client_id: (members > 0).then(|| format!("{id}-{}", partition as usize % members.max(1))),
            })
            .collect(),
    }
}

/// The cluster at second `t`: broker 3 goes away in the last minute, one group falls behind, one drains a backlog.
fn at(t: i64) -> Snapshot {
    let out = t > LAST - 60;
    let (clicks, orders, flights) = (61_000_000 + 9_000 * t, 2_400_000 + 2_100 * t, 336_776);
    let broker = |id: i32| BrokerSample {
        id,
        endpoint: format!("kafka-{id}.example:9092"),
        rack: Some(format!("eu-1{}", ['a', 'b', 'c'][id as usize - 1])),
        fenced: out && id == 3,
        log_bytes: (!out || id != 3).then_some(48_000_000_000 + t as u64 * 18_200_000),
        disk_total: Some(200_000_000_000),
        disk_free: Some(78_000_000_000),
        failed_dirs: 0,
    };
    Snapshot {
        taken_at: START + t * 1000,
        cluster_id: "prod-eu-qP3vWm8lR6eYwA".to_owned(),
        controller: Some(2),
        brokers: [1, 2, 3].map(broker).to_vec(),
        topics: vec![
            topic("__consumer_offsets", 3, 40_000 + 3 * t, 90, out),
            topic("clicks", 6, clicks, 680, out),
            topic("flights", 6, flights, 96, false),
            topic("orders", 12, orders, 920, false),
        ],
        groups: vec![
            group("audit", "orders", 12, 1, orders, orders),
            group("billing", "orders", 12, 4, orders - 190_000 + 500 * t, orders),
            group("click-analytics", "clicks", 6, 3, 54_640_000 + 3_240 * t, clicks),
            group("nightly-export", "flights", 6, 0, 336_000, flights),
        ],
        gaps: Vec::new(),
    }
}

fn watched() -> Model {
    (0..=LAST).fold(Model::default(), |m, t| update(m, Event::Sampled(Box::new(at(t)))))
}

fn press(model: Model, keys: &[Key]) -> Model {
    keys.iter().fold(model, |m, k| update(m, Event::Key(*k)))
}

fn golden(name: &str, frames: &[String]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let text = frames.join("\n");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{} is stale: UPDATE_GOLDEN=1 rewrites it. Now:\n{text}", path.display());
}

/// Every screen one after the other, each under its keys.
fn every_screen(width: u16, height: u16) -> Vec<String> {
    let screens: [(&str, &[Key]); 8] = [
        ("1", &[Key::Char('1')]),
        ("2 j", &[Key::Char('2'), Key::Char('j')]),
        ("3 s", &[Key::Char('3'), Key::Char('s')]),
        ("4", &[Key::Char('4')]),
        ("4 Enter", &[Key::Char('4'), Key::Enter]),
        ("5", &[Key::Char('5')]),
        (
            "4 ! /click",
            &[
                Key::Char('4'),
                Key::Char('!'),
                Key::Char('/'),
                Key::Char('c'),
                Key::Char('l'),
                Key::Char('i'),
                Key::Char('c'),
                Key::Char('k'),
            ],
        ),
        ("?", &[Key::Char('?')]),
    ];
    screens
        .iter()
        .map(|(name, keys)| format!("=== keys: {name}\n{}", frame_as_text(&press(watched(), keys), width, height)))
        .collect()
}

#[test]
fn screens_at_80_by_24() {
    golden("top-80x24.txt", &every_screen(80, 24));
}

#[test]
fn screens_at_200_by_50() {
    golden("top-200x50.txt", &every_screen(200, 50));
}

#[test]
fn the_terminal_shows_what_the_text_frame_says() {
    let model = watched();
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal
        .draw(|frame| {
            draw(&model, &Theme::coloured(), frame.area(), frame.buffer_mut());
        })
        .unwrap();
    let lines: Vec<String> = frame_as_text(&model, 80, 24).lines().map(|l| format!("{l:<80}")).collect();
    for (y, line) in lines.iter().enumerate() {
        let row: String = (0..80).map(|x| terminal.backend().buffer()[(x, y as u16)].symbol()).collect();
        assert_eq!(&row, line);
    }
}

#[test]
fn no_screen_panics_at_any_size() {
    let base = watched();
    for keys in [
        &[][..],
        &[Key::Char('2')],
        &[Key::Char('3')],
        &[Key::Char('4')],
        &[Key::Char('4'), Key::Enter],
        &[Key::Char('5')],
        &[Key::Char('?')],
    ] {
        let model = press(base.clone(), keys);
        for (w, h) in (0..45u16).flat_map(|w| [0, 1, 2, 3, 4, 5, 7, 9, 12].map(|h| (w, h))) {
            frame_as_text(&model, w, h);
        }
    }
    frame_as_text(&Model::default(), 80, 24);
    frame_as_text(&base, 400, 200);
}

#[test]
fn before_the_first_sample_it_says_whom_it_asks() {
    let model = Model { bootstrap: "localhost:9092".into(), ..Model::default() };
    assert!(frame_as_text(&model, 80, 24).contains("asking localhost:9092"));
    let failed = update(model, Event::SampleFailed("no broker answers at localhost:9092".into()));
    assert!(frame_as_text(&failed, 80, 24).contains("⚠ no broker answers at localhost:9092"));
}

#[test]
fn what_could_not_be_asked_is_said() {
    let mut snapshot = at(0);
    snapshot.gaps.push("sizes: cluster authorization failed".into());
    let model = update(Model::default(), Event::Sampled(Box::new(snapshot)));
    assert!(frame_as_text(&model, 80, 24).ends_with("not shown: sizes: cluster authorization failed\n"));
}

#[test]
fn without_colour_no_cell_has_one() {
    let area = Rect::new(0, 0, 120, 40);
    let mut buf = Buffer::empty(area);
    draw(&watched(), &Theme::plain(), area, &mut buf);
    assert!(buf.content().iter().all(|c| c.fg == ratatui::style::Color::Reset && c.bg == ratatui::style::Color::Reset));
}
