package longrun.report;

/** What the page of a sweep has beyond {@link PageStyle}: its drawings and its wide tables. */
final class SweepStyle {
  private SweepStyle() {}

  static final String CSS =
      """
      main{max-width:1080px}
      .lead{font-size:16px;color:var(--ink)}
      .scroll{overflow-x:auto}
      .scroll svg{min-width:620px}
      svg text{font-size:12px;fill:var(--text)}
      .start{text-anchor:start}.middle{text-anchor:middle}.end{text-anchor:end}
      svg path{fill:none;vector-effect:non-scaling-stroke;stroke-linejoin:round}
      svg .grid{stroke:var(--grid);stroke-width:1}
      svg .axis{stroke:var(--axis);stroke-width:1}
      .runs path{stroke:currentColor;stroke-width:1.4}
      .thin path{stroke:currentColor;stroke-width:.7}
      .bold path{stroke:currentColor;stroke-width:2.2;stroke-linecap:round}
      svg .area{fill:currentColor;opacity:.2}
      .dot{fill:currentColor;opacity:.75}
      .ring{fill:var(--paper);stroke:currentColor;stroke-width:1.3}
      svg .cross{stroke:currentColor;stroke-width:1.5}
      svg .median{stroke:var(--ink);stroke-width:2.4}
      .kt{color:var(--train)}
      .none{fill:var(--panel)}
      .never{fill:var(--line)}
      .cell{fill:var(--text)}
      .cell text{font-size:11.5px;fill:inherit;font-variant-numeric:tabular-nums}
      .legend span:first-child{margin-left:0}
      .legend i{background:currentColor}
      .legend .of{font-weight:650}
      .swatch{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:7px;
        background:currentColor}
      .data{font-size:13.5px}
      .data th,.data td{white-space:nowrap;padding:3px 0 3px 13px}
      .data th:first-child{padding-left:0}
      .scroll+.scroll{margin-top:16px}
      .data thead th{vertical-align:bottom;font-weight:650;color:var(--ink)}
      .data td.words,.data th.words{text-align:left}
      .data tr:target{background:var(--warn)}
      .reason{white-space:pre-wrap;overflow-wrap:anywhere}
      .failures td{text-align:left}
      a{color:inherit}
      tbody.all{content-visibility:auto}
      @media (max-width:640px){
        main{padding:20px 14px 40px}
        h1{font-size:22px}
        svg text{font-size:20px}.scroll svg text{font-size:13px}.scroll .cell text{font-size:11.5px}
        .legend span{margin-left:0;margin-right:14px}
      }
      """;
}
