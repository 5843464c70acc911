package longrun.report;

/**
 * The style of {@code report.html}: the reader's own fonts, light or dark as the reader's system.
 */
final class PageStyle {
  private PageStyle() {}

  static final String CSS =
      ":root{color-scheme:light dark;--paper:#fff;--ink:#1c1f22;--soft:#5b6268;--line:#dfe3e6;"
          + "--panel:#f6f7f8;--warn:#fff4d6;"
          + Ink.lightVariables()
          + "}\n"
          + "@media (prefers-color-scheme:dark){:root{--paper:#17191b;--ink:#e8eaec;--soft:#a3aab0;"
          + "--line:#383d42;--panel:#202326;--warn:#3c3217;"
          + Ink.darkVariables()
          + "}}\n"
          + """
          *{box-sizing:border-box}
          body{margin:0;background:var(--paper);color:var(--ink);
            font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
          main{max-width:920px;margin:0 auto;padding:28px 24px 48px}
          header{border-bottom:1px solid var(--line);margin-bottom:20px;padding-bottom:12px}
          header p{color:var(--soft);margin:4px 0}
          .name{font-weight:600;overflow-wrap:anywhere}
          h1{font-size:26px;line-height:1.25;margin:2px 0 8px;font-weight:650;
            text-wrap:balance}
          h1::first-letter{text-transform:uppercase}
          h2{font-size:16px;margin:0 0 6px;font-weight:650}
          section{margin:0 0 26px;min-width:0}
          .columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(340px,100%),1fr));gap:0 44px}
          table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
          table+table{margin-top:-1px}
          th,td{padding:4px 0 4px 12px;border-bottom:1px solid var(--line);text-align:right;
            vertical-align:top;overflow-wrap:anywhere}
          th{font-weight:400;color:var(--soft)}
          th[scope=row],tr td:first-child{text-align:left;padding-left:0;white-space:nowrap}
          .times td{white-space:nowrap}
          .bar{width:26%}
          .bar i{display:block;height:9px;margin-top:7px;background:var(--axis);min-width:1px}
          figure{margin:0 0 30px}
          figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;
            gap:0 20px}
          figure svg{display:block;width:100%;height:auto}
          .legend{margin:0;color:var(--soft)}
          .legend span{margin-left:18px;white-space:nowrap}
          .legend i{display:inline-block;width:22px;height:3px;margin-right:7px;vertical-align:middle}
          .note{color:var(--soft);font-size:13px;margin:6px 0 0}
          .reading{margin:-10px 0 30px}
          .warning{background:var(--warn);padding:10px 14px;border-radius:4px}
          pre{background:var(--panel);padding:12px 14px;border-radius:4px;overflow-x:auto;margin:8px 0;
            font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
          summary{cursor:pointer;font-weight:650}
          @media print{details{display:block}pre{white-space:pre-wrap}figure,section{break-inside:avoid}}
          """;
}
