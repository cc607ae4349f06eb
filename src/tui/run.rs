//! The part that touches the world: the terminal, the keyboard thread, the sampling task, the clock.

use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event as Input, KeyCode, KeyEventKind, KeyModifiers};
use tokio::sync::{mpsc, watch};

use super::model::{Model, Screen, Snapshot, Ui};
use super::update::{Event, Key, update};
use super::view::{Theme, draw, frame_as_text};

/// How `top` shall run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The addresses asked, for the line before the first sample.
    pub bootstrap: String,
    /// Time between samples.
    pub interval: Duration,
    /// The tab to begin with.
    pub screen: Screen,
    /// Print one frame as text and leave; it takes two samples, an interval apart, so that rates have a value.
    pub once: bool,
    /// Width and height of that frame; the terminal's where there is one, else 80×24.
    pub size: Option<(u16, u16)>,
    /// Whether colour is wanted; see [`colour_from_env`].
    pub colour: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            bootstrap: String::new(),
            interval: Duration::from_secs(1),
            screen: Screen::Overview,
            once: false,
            size: None,
            colour: colour_from_env(),
        }
    }
}

/// Whether the environment allows colour: `NO_COLOR` set to anything but nothing forbids it, and so does `TERM=dumb`.
pub fn colour_from_env() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Why `top` could not run.
#[derive(Debug, thiserror::Error)]
pub enum TopError {
    /// The output is a pipe or a file.
    #[error("top needs a terminal, and the output is not one; `--once` prints one frame into a pipe")]
    NotATerminal,
    /// The terminal refused.
    #[error("cannot use the terminal: {0}")]
    Terminal(#[from] io::Error),
    /// The cluster could not be sampled for the one frame that was asked for.
    #[error("{0}")]
    Sample(String),
}

/// Where samples come from.
pub trait Source: Send + 'static {
    /// One look at the cluster, or why there is none, in one line.
    fn sample(&mut self) -> impl Future<Output = Result<Snapshot, String>> + Send;
}

/// Runs until the person leaves, or, with `once`, until the frame is printed.
///
/// # Errors
/// [`TopError`]; a cluster that stops answering is no error but a line on the screen, and sampling goes on.
pub async fn run(source: impl Source, options: Options) -> Result<(), TopError> {
    let model = Model {
        ui: Ui { screen: options.screen, interval: options.interval, ..Ui::default() },
        bootstrap: options.bootstrap.clone(),
        ..Model::default()
    };
    if options.once {
        return once(source, model, &options).await;
    }
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(TopError::NotATerminal);
    }
    let mut terminal = Screened(ratatui::try_init()?);
    live(source, model, &options, &mut terminal.0).await
}

/// A terminal in raw mode on the alternate screen; dropping it gives it back, on every way out. A panic restores it
/// before its message is printed: `ratatui::try_init` has seen to that.
struct Screened(DefaultTerminal);

impl Drop for Screened {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

async fn once(mut source: impl Source, mut model: Model, options: &Options) -> Result<(), TopError> {
    for pause in [options.interval, Duration::ZERO] {
        let snapshot = source.sample().await.map_err(TopError::Sample)?;
        model = update(model, Event::Sampled(Box::new(snapshot)));
        tokio::time::sleep(pause).await;
    }
    let (width, height) = options.size.unwrap_or_else(size_from_env);
    match io::stdout().lock().write_all(frame_as_text(&model, width, height).as_bytes()) {
        // The reader of the pipe has seen enough.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// The terminal's size; in a pipe, that of `COLUMNS` and `LINES`, else the smallest that everything is laid out for.
fn size_from_env() -> (u16, u16) {
    if io::stdout().is_terminal()
        && let Ok(size) = ratatui::crossterm::terminal::size()
    {
        return size;
    }
    let number = |name: &str| std::env::var(name).ok()?.parse::<u16>().ok().filter(|n| (1..=1000).contains(n));
    (number("COLUMNS").unwrap_or(80), number("LINES").unwrap_or(24))
}

async fn live(
    source: impl Source,
    mut model: Model,
    options: &Options,
    terminal: &mut DefaultTerminal,
) -> Result<(), TopError> {
    let theme = if options.colour { Theme::coloured() } else { Theme::plain() };
    let (events, mut inbox) = mpsc::unbounded_channel();
    let (pace, paced) = watch::channel(model.ui.interval);
    let sampler = tokio::spawn(sample_forever(source, paced, events.clone()));
    std::thread::spawn(move || read_keys(&events));
    let mut stop = std::pin::pin!(told_to_stop());
    loop {
        let mut rows = 0;
        terminal.draw(|frame| rows = draw(&model, &theme, frame.area(), frame.buffer_mut()))?;
        model = update(model, Event::Drawn(rows));
        tokio::select! {
            // Keys first: a person notices a late key, not a late sample.
            biased;
            () = &mut stop => break,
            first = inbox.recv() => {
                let Some(first) = first else { break };
                model = apply(model, first);
            }
        }
        // Draw once for all that is waiting, not once each.
        while let Ok(next) = inbox.try_recv() {
            model = apply(model, next);
        }
        if model.quit {
            break;
        }
        pace.send_if_modified(|interval| std::mem::replace(interval, model.ui.interval) != model.ui.interval);
    }
    sampler.abort();
    Ok(())
}

fn apply(model: Model, event: Option<Event>) -> Model {
    match event {
        Some(event) => update(model, event),
        // The terminal was resized: the next turn draws it anew.
        None => model,
    }
}

async fn sample_forever(
    mut source: impl Source,
    mut pace: watch::Receiver<Duration>,
    events: mpsc::UnboundedSender<Option<Event>>,
) {
    loop {
        let begun = tokio::time::Instant::now();
        let event = match source.sample().await {
            Ok(snapshot) => Event::Sampled(Box::new(snapshot)),
            Err(why) => Event::SampleFailed(why),
        };
        if events.send(Some(event)).is_err() {
            return;
        }
        // A changed interval counts from the same beginning; a slow cluster is never asked back to back.
        loop {
            let interval = *pace.borrow_and_update();
            let next = (begun + interval).max(tokio::time::Instant::now() + interval / 4);
            tokio::select! {
                () = tokio::time::sleep_until(next) => break,
                changed = pace.changed() => if changed.is_err() { return },
            }
        }
    }
}

/// Reads the keyboard until nobody listens. A thread of its own: terminal reads block.
fn read_keys(events: &mpsc::UnboundedSender<Option<Event>>) {
    while !events.is_closed() {
        let input = match event::poll(Duration::from_millis(200)) {
            Ok(false) => continue,
            Ok(true) => event::read(),
            Err(e) => Err(e),
        };
        let sent = match input {
            Ok(Input::Key(key)) if key.kind != KeyEventKind::Release => match translate(key.code, key.modifiers) {
                Some(key) => events.send(Some(Event::Key(key))),
                None => Ok(()),
            },
            Ok(Input::Resize(..)) => events.send(None),
            Ok(_) => Ok(()),
            // The terminal is gone; there is nobody left to draw for.
            Err(_) => {
                let _ = events.send(Some(Event::Key(Key::Interrupt)));
                return;
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

fn translate(code: KeyCode, modifiers: KeyModifiers) -> Option<Key> {
    Some(match code {
        KeyCode::Char('c') if modifiers.contains(KeyModifiers::CONTROL) => Key::Interrupt,
        KeyCode::Char(_) if modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => return None,
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        _ => return None,
    })
}

/// Resolves when the process is asked to end, so that the terminal is given back first.
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let wait = |kind: SignalKind| async move {
        match signal(kind) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::hangup()) => {}
    }
}
