using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Sightline.Broker.Mqtt;

/// <summary>
/// Gets frames onto the disk and back. One thread has the file: it writes all that was handed in since it last looked in one transaction, so that many
/// publishers share one sync; while it does, the next ones gather. What is handed in is handed in under the inbox's gate.
/// </summary>
internal sealed partial class InboxDisk : IDisposable
{
    /// <summary>
    /// Frames that a core has acknowledged are deleted with the next ones that are written, at the latest after this time or when there are so many: a
    /// killed process may hand them out again, which is a duplicate and no loss, and a delete alone is not worth a sync.
    /// </summary>
    private static readonly TimeSpan DeletesWait = TimeSpan.FromSeconds(1);
    private const int MostDeletes = 256;

    private readonly string? _path;
    private readonly InboxRows _rows;
    private readonly Inbox _inbox;
    private readonly ILogger _logger;
    private readonly ITimer _overdue;
    private readonly Thread _thread;
    private readonly AutoResetEvent _handedIn = new(false);
    private List<Frame> _toWrite = [];
    private List<Frame> _toRead = [];
    private List<long> _toDelete = [];
    private bool _deleteNow;
    private string? _unwritable;
    private string? _unreadable;
    private volatile bool _ending;
    private bool _closed;

    /// <param name="path">For the log.</param>
    /// <param name="connection">The file, which is closed at the end.</param>
    /// <param name="rows">Of it.</param>
    /// <param name="inbox">Is told what was written, what could not be, and what was read.</param>
    /// <param name="logger">Told when it cannot be written, and when it can be again.</param>
    /// <param name="time">When deletes are due.</param>
    public InboxDisk(string? path, SqliteConnection connection, InboxRows rows, Inbox inbox, ILogger logger, TimeProvider time)
    {
        (_path, Connection, _rows, _inbox, _logger) = (path, connection, rows, inbox, logger);
        _overdue = time.CreateTimer(_ => DeletesAreDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _thread = new(Run) { Name = "inbox", IsBackground = true };
        _thread.Start();
    }

    public SqliteConnection Connection { get; }

    /// <summary>What is wrong with the file; null: nothing that is known.</summary>
    public string? Trouble => _unwritable ?? _unreadable;

    /// <summary>How often something was written and synced.</summary>
    public long Commits { get; private set; }

    public void Write(Frame frame)
    {
        _toWrite.Add(frame);
        Wake();
    }

    public void Read(Frame frame)
    {
        _toRead.Add(frame);
        Wake();
    }

    public void Delete(long number)
    {
        _toDelete.Add(number);
        if (_toDelete.Count == 1)
            _overdue.Change(DeletesWait, Timeout.InfiniteTimeSpan);
        if (_toDelete.Count >= MostDeletes)
            Wake();
    }

    /// <summary>What was handed in is written first.</summary>
    public void Dispose()
    {
        _ending = true;
        _handedIn.Set();
        _thread.Join();
        _overdue.Dispose();
        _rows.Dispose();
        Connection.Dispose();
        lock (_inbox.Gate)
        {
            _closed = true;
            _handedIn.Dispose();
        }
    }

    private void Wake()
    {
        if (!_closed)
            _handedIn.Set();
    }

    private void Run()
    {
        bool last;
        do
        {
            _handedIn.WaitOne();
            last = _ending;
            Read();
            while (Take(last) is { } work)
            {
                Write(work.Frames, work.Deletes);
                Read();
            }
        }
        while (!last);
    }

    private void DeletesAreDue()
    {
        lock (_inbox.Gate)
        {
            _deleteNow = true;
            Wake();
        }
    }

    private (List<Frame> Frames, List<long> Deletes)? Take(bool last)
    {
        lock (_inbox.Gate)
        {
            // Those that a core has acknowledged meanwhile are never written.
            var frames = _toWrite.FindAll(f => f.Keeping == Keeping.Wanted);
            _toWrite = [];
            if (frames.Count == 0 && !(_toDelete.Count > 0 && (_deleteNow || last || _toDelete.Count >= MostDeletes)))
                return null;
            foreach (var frame in frames)
                frame.Keeping = Keeping.Writing;
            var deletes = _toDelete;
            (_toDelete, _deleteNow) = ([], false);
            return (frames, deletes);
        }
    }

    private void Write(List<Frame> frames, List<long> deletes)
    {
        try
        {
            _rows.Write(frames, deletes);
        }
        catch (Exception e) // whatever it is: nobody may wait for ever
        {
            lock (_inbox.Gate)
            {
                if (_unwritable is null)
                    LogUnwritable(e, _path, SqliteFile.Explain(e));
                _unwritable = SqliteFile.Explain(e);
                if (!_ending)
                    deletes.ForEach(Delete);
                _inbox.NotWritten(frames);
            }

            return;
        }

        lock (_inbox.Gate)
        {
            Commits++;
            if (_unwritable is not null)
                LogWritten(_path);
            _unwritable = null;
            _inbox.Written(frames);
        }
    }

    private void Read()
    {
        List<Frame> frames;
        lock (_inbox.Gate)
            (frames, _toRead) = (_toRead, []);
        foreach (var frame in frames)
        {
            FrameContent? content = null;
            SqliteException? unreadable = null;
            try
            {
                content = _rows.Read(frame.Number);
            }
            catch (SqliteException e)
            {
                unreadable = e;
            }

            lock (_inbox.Gate)
            {
                if (unreadable is not null && _unreadable is null)
                    LogUnreadable(unreadable, _path, SqliteFile.Explain(unreadable));
                _unreadable = unreadable is null ? null : SqliteFile.Explain(unreadable);
                _inbox.Found(frame, content);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The inbox {File} {Why}. Frames that the core does not acknowledge within 200 ms are refused until it can be used again; what was acknowledged stays.")]
    private partial void LogUnwritable(Exception cause, string? file, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "A frame in the inbox {File} could not be read; it is tried again every minute, and the others meanwhile. The inbox {Why}.")]
    private partial void LogUnreadable(Exception cause, string? file, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "The inbox {File} can be written again.")]
    private partial void LogWritten(string? file);
}
